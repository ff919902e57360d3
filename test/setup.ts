import { loadBoard } from "../host/board/load.ts";
import { buildSimulator } from "../host/sim/build.ts";

/** Builds the simulators once, before tests with time limits of their own start to use them. */
export default async function setup(): Promise<void> {
  await Promise.all(
    ["icebreaker", "hx8k-evn"].map((id) =>
      buildSimulator(loadBoard(id), {
        onProgress: (text) => process.stderr.write(`${id}: ${text}\n`),
      }),
    ),
  );
}
