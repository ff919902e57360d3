/** Thousands of transfers over lines that harm bytes. */
import { openPort } from "../host/index.ts";
import type { Progress } from "../host/report/progress.ts";
import { thousands } from "../host/report/table.ts";
import { runTrials, trialLines } from "../test/line-trials.ts";

/**
 * Trials `first` to `first + count - 1` of the seed.
 * @returns the sum in one line
 * @throws Error when a transfer ends in a wrong image, in no typed error or too late
 */
export async function soakLine(
  seed: number,
  first: number,
  count: number,
  progress: Progress,
): Promise<string> {
  const startMs = performance.now();
  const port = await openPort("sim:icebreaker", {});
  const counts = await runTrials(port, {
    seed,
    first,
    count,
    largeOneIn: 40,
    onTrial: (done) => progress.update("transfers over harmed lines", done / count),
  });
  await port.close();
  for (const line of trialLines(counts)) process.stderr.write(`  ${line}\n`);
  const minutes = ((performance.now() - startMs) / 60_000).toFixed(1);
  return (
    `transfers ${first}..${first + count - 1} over harmed lines in ${minutes} min, 0 wrong images, ` +
    `${thousands(counts.resumed)} resumed, ${thousands(counts.steppedDown)} stepped down, ` +
    `${thousands(counts.retransmissions)} of ${thousands(counts.frames)} frames sent again, ` +
    `slowest ${counts.slowestSeconds.toFixed(1)} s`
  );
}
