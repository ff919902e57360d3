import { loadBoard } from "../host/board/load.ts";
import { buildSimulator } from "../host/sim/build.ts";

/** Builds the simulator once, before tests with time limits of their own start to use it. */
export default async function setup(): Promise<void> {
  await buildSimulator(loadBoard("icebreaker"), {
    onProgress: (text) => process.stderr.write(`${text}\n`),
  });
}
