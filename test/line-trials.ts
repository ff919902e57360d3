/** Many transfers over harmed lines, drawn from one seed, with counts of what came of them. */
import { Random } from "../host/fit/random.ts";
import { Device } from "../host/link/device.ts";
import type { Port } from "../host/link/port.ts";
import { type Harm, harms } from "./line.ts";
import { randomImage, resume, transfer } from "./line-transfer.ts";

export interface TrialOptions {
  readonly seed: number;
  readonly count: number;
  /** Number of the first trial, to repeat one or to go on; default 0. */
  readonly first?: number;
  /** Every n-th image is of 20 KB, the others of 1 to 3 KB. */
  readonly largeOneIn: number;
  readonly onTrial?: (done: number, counts: TrialCounts) => void;
}

/** Outcomes by kind of harm, and what they cost. */
export interface TrialCounts {
  readonly byKind: Map<string, Map<string, number>>;
  resumed: number;
  steppedDown: number;
  retransmissions: number;
  frames: number;
  slowestSeconds: number;
}

const LOWEST_RATE = 1e-6;
const HIGHEST_RATE = 1e-2;
/** More than any clean transfer of a small image writes. */
const UNPLUG_FRAMES = 16;

/** Kinds: each harm alone, all mixed, unplugged on a clean line, unplugged on a harmed one. */
const kinds: readonly { name: string; harms: readonly Harm[]; unplug: boolean }[] = [
  ...harms.map((harm) => ({ name: harm, harms: [harm], unplug: false })),
  { name: "all mixed", harms, unplug: false },
  { name: "unplugged", harms: [], unplug: true },
  { name: "mixed, unplugged", harms, unplug: true },
];

/** One line of text for each kind of harm. */
export function trialLines({ byKind }: TrialCounts): string[] {
  return [...byKind].map(([kind, outcomes]) => {
    const counts = [...outcomes].map(([outcome, n]) => `${n} ${outcome}`).join(", ");
    return `${kind}: ${counts}`;
  });
}

/**
 * @throws Error of `transfer` and `resume`, with the seed and number of the trial before it
 */
export async function runTrials(port: Port, options: TrialOptions): Promise<TrialCounts> {
  const { seed, count, first = 0, largeOneIn, onTrial } = options;
  const counts: TrialCounts = {
    byKind: new Map(kinds.map(({ name }) => [name, new Map()])),
    resumed: 0,
    steppedDown: 0,
    retransmissions: 0,
    frames: 0,
    slowestSeconds: 0,
  };
  for (let trial = first; trial < first + count; trial++) {
    // A seed of its own, so that one trial can be repeated alone.
    const random = new Random((seed + Math.imul(trial, 0x9e3779b9)) >>> 0);
    const { name, harms, unplug } = kinds[trial % kinds.length];
    const round = Math.floor(trial / kinds.length);
    const large = random.below(largeOneIn) === 0;
    const image = randomImage(random, large ? 20 : 1 + 2 * random.uniform());
    const rate = LOWEST_RATE * (HIGHEST_RATE / LOWEST_RATE) ** random.uniform();
    // Most often after a reset; else over the image before, whole or broken off.
    if (random.below(4) > 0) await (await Device.open(port)).reset();
    const what = `trial ${trial} of seed ${seed} (${name}, rate ${rate.toExponential(1)})`;
    try {
      const unplugAt = unplug ? round % UNPLUG_FRAMES : undefined;
      const result = await transfer(port, image, { random, harms, rate, unplugAt });
      if (unplug && result.outcome !== "image") {
        const sentBytes = await resume(port, image);
        // On a clean line every acknowledged frame was a whole block: none of them goes again.
        if (harms.length === 0 && sentBytes > image.device.length - result.acknowledged) {
          throw new Error(
            `${result.acknowledged} bytes were acknowledged, ${sentBytes} sent again`,
          );
        }
        counts.resumed++;
      }
      const outcomes = counts.byKind.get(name)!;
      outcomes.set(result.outcome, (outcomes.get(result.outcome) ?? 0) + 1);
      if (result.stepsDown > 0) counts.steppedDown++;
      counts.retransmissions += result.retransmissions;
      counts.frames += result.frames;
      counts.slowestSeconds = Math.max(counts.slowestSeconds, result.seconds);
      onTrial?.(trial - first + 1, counts);
    } catch (error) {
      throw new Error(`${what}: ${(error as Error).message}`, { cause: error });
    }
  }
  return counts;
}
