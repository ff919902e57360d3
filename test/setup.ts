/** Nothing to set up before the simulator exists; replaced with it. */
export default function setup(): void {}
