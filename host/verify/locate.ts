import { encodeInput } from "../image/input.ts";
import type { TableImage } from "../image/read.ts";
import type { Device } from "../link/device.ts";
import type { Runtime } from "../runtime/wasm.ts";

export interface Difference {
  /** Index among the compared vectors, or among the self-test's inferences. */
  readonly vector: number;
  readonly source: "vectors" | "self-test";
  readonly step: number;
  readonly element: number;
  readonly expected: number;
  readonly actual: number;
}

/**
 * Finds the first step and element of a vector that differ: runs step 0, then steps 0..1, and so on,
 * each time reading the last output with TRACE. One after the other and not by halves, because a
 * later step may hide the difference of an earlier one.
 * @returns undefined when nothing differs (a fault that comes and goes)
 */
export async function locateDifference(
  device: Device,
  image: TableImage,
  runtime: Runtime,
  input: ArrayLike<number>,
  vector: { readonly vector: number; readonly source: Difference["source"] },
): Promise<Difference | undefined> {
  for (const [step, { outputOffset }] of image.steps.entries()) {
    const expected = runtime.infer(input, step + 1);
    await device.infer(encodeInput(image.program.inputType, input), step + 1);
    const actual = await device.trace(outputOffset, expected.length);
    const element = expected.findIndex((y, m) => y !== actual[m]);
    if (element < 0) continue;
    return { ...vector, step, element, expected: expected[element], actual: actual[element] };
  }
  return undefined;
}

/**
 * Index of the first self-test inference whose outputs differ, by halving the number of inferences.
 * The CRC runs over all of them, so once it differs it stays different.
 * @param count a number of inferences for which the CRCs differ
 */
export async function firstDifferingInference(
  device: Device,
  runtime: Runtime,
  seed: number,
  count: number,
  cyclesEach: number,
): Promise<number> {
  let right = 0;
  let wrong = count;
  while (wrong - right > 1) {
    const middle = (right + wrong) >> 1;
    const { crc } = await device.selftest(seed, middle, cyclesEach);
    if (crc === runtime.selftest(seed, middle)) right = middle;
    else wrong = middle;
  }
  return wrong - 1;
}
