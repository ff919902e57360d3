import { NomulError } from "../../host/errors.ts";
import { type Int8Result, int8Result } from "./accuracy.ts";
import { mean } from "./report.ts";

/** Multiples of the eight lanes. */
const WIDTHS = [16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96];
/** nomul's own width, and the one that fills the memory. */
const ALSO = [72, 160];

export interface Widths {
  /** The smallest width whose mean accuracy is at least the goal */
  readonly hidden: number;
  /** Width → one result a seed */
  readonly of: ReadonlyMap<number, readonly Int8Result[]>;
}

export const meanAccuracy = (results: readonly { readonly accuracy: number }[]): number =>
  mean(results.map(({ accuracy }) => accuracy));

/**
 * Trains int8 networks 784 → width → 10, narrow ones first, until one is as accurate as asked. Choosing on
 * the digits that accuracy is told for favours the int8 network a little.
 * @param goal 0..1
 * @throws NomulError E_RANGE when none is
 */
export function equalWidth(
  goal: number,
  seeds: readonly number[],
  onProgress: (text: string) => void,
): Widths {
  const of = new Map<number, readonly Int8Result[]>();
  const learn = (hidden: number): number => {
    onProgress(`int8 784 → ${hidden} → 10 …`);
    const results = seeds.map((seed) => int8Result(seed, hidden));
    of.set(hidden, results);
    return meanAccuracy(results);
  };
  const hidden = WIDTHS.find((width) => learn(width) >= goal);
  if (hidden === undefined) {
    throw new NomulError("E_RANGE", `no int8 network reaches an accuracy of ${goal}`, {
      where: "bench/mac/widths.ts",
      next: "Add larger widths, as far as the memory allows.",
    });
  }
  for (const width of ALSO) if (!of.has(width)) learn(width);
  return { hidden, of };
}
