import type { TableImage } from "../image/read.ts";
import type { Device } from "../link/device.ts";
import { selftestInputs, xorshift32 } from "../reference/selftest.ts";
import type { Runtime } from "../runtime/wasm.ts";
import { type Difference, firstDifferingInference, locateDifference } from "./locate.ts";

/** Inferences a SELFTEST request asks for: some tenth of a second on a board. */
const SELFTEST_CHUNK = 1000;

/** A run of self-test inferences whose CRC differs. */
export interface Chunk {
  readonly seed: number;
  readonly count: number;
  /** Self-test inferences before this chunk. */
  readonly before: number;
}

/**
 * Runs the device's self-test in chunks and compares each CRC with the Wasm's.
 * @param firstSeed xorshift32 seed of the first chunk, not 0; the others follow from it
 * @param options.cyclesEach cycles of one inference, for the time-out
 * @returns the first chunk that differs; undefined if none does
 */
export async function firstDifferingChunk(
  device: Device,
  runtime: Runtime,
  firstSeed: number,
  total: number,
  options: { readonly cyclesEach: number; readonly onProgress: (done: number) => void },
): Promise<Chunk | undefined> {
  let wrong: Chunk | undefined;
  let seed = firstSeed;
  for (let before = 0; before < total; ) {
    const count = Math.min(SELFTEST_CHUNK, total - before);
    const { crc } = await device.selftest(seed, count, options.cyclesEach);
    if (crc !== runtime.selftest(seed, count)) wrong ??= { seed, count, before };
    before += count;
    // Each chunk has a seed of its own, far from the states that the chunk before went through.
    seed = xorshift32((seed ^ 0x9e3779b9) >>> 0) || 1;
    options.onProgress(before);
  }
  return wrong;
}

/** Finds the first inference of a differing chunk, and in it the first step and element. */
export async function locateInSelfTest(
  device: Device,
  image: TableImage,
  runtime: Runtime,
  { seed, count, before }: Chunk,
  cyclesEach: number,
): Promise<Difference | undefined> {
  const index = await firstDifferingInference(device, runtime, seed, count, cyclesEach);
  const inputs = selftestInputs(image.program, seed);
  for (let n = 0; n < index; n++) inputs.next();
  const vector = { vector: before + index, source: "self-test" } as const;
  return locateDifference(device, image, runtime, inputs.next().value, vector);
}
