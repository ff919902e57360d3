import { loadBoard } from "../host/board/load.ts";
import { buildSimulator } from "../host/sim/build.ts";

/** Builds the simulators once, before tests with time limits of their own start to use them. */
export default async function setup(): Promise<void> {
  for (const id of ["icebreaker", "hx8k-evn"]) {
    await buildSimulator(loadBoard(id), {
      onProgress: (text) => process.stderr.write(`${text}\n`),
    });
  }
}
