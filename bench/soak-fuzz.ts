/** Hostile frames in millions, against the host's reader and the gateware's. */
import { loadBoard } from "../host/board/load.ts";
import type { Progress } from "../host/report/progress.ts";
import { thousands } from "../host/report/table.ts";
import { buildSimulator } from "../host/sim/build.ts";
import { Machine } from "../host/sim/machine.ts";
import { fuzzFrames } from "../test/fuzz-frame.ts";
import { fuzzGateware } from "../test/fuzz-gateware.ts";

/**
 * @param frames for the gateware, and as many for the host
 * @returns the sum in one line
 * @throws Error with the seed of the piece that failed
 */
export async function soakFuzz(seed: number, frames: number, progress: Progress): Promise<string> {
  const startMs = performance.now();
  const { path } = await buildSimulator(loadBoard("icebreaker"));
  const piece = Math.min(frames, 20_000);
  let accepted = 0;
  let sound = 0;
  let digests = 0;
  for (let done = 0; done < frames; done += piece) {
    accepted += fuzzFrames(seed + done, piece).accepted;
    const counts = fuzzGateware(new Machine(path), seed + done, piece);
    sound += counts.sound;
    digests += counts.digests;
    progress.update("hostile frames", (done + piece) / frames);
  }
  const minutes = ((performance.now() - startMs) / 60_000).toFixed(1);
  return (
    `${thousands(frames)} hostile frames each to host and gateware in ${minutes} min: the host took ` +
    `${thousands(accepted)} sound ones, the gateware ${thousands(sound)}; ` +
    `${thousands(digests)} digests of its memory equal`
  );
}
