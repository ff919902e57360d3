import { describe, expect, test } from "vitest";
import { learnEncoder } from "../host/fit/encoder.ts";
import { Kernels } from "../host/fit/kernels.ts";
import { type Mapping, mappedValue, thresholdFor } from "../host/fit/mapping.ts";
import { Random } from "../host/fit/random.ts";
import { maddnessEncode } from "../host/reference/maddness.ts";

const identity = (D: number): Mapping => ({
  scale: new Float64Array(D).fill(1),
  offset: new Float64Array(D),
  activation: "none",
});

const transposed = (x: readonly number[][]): Int16Array =>
  Int16Array.from(x[0].flatMap((_, d) => x.map((row) => row[d])));

/** Squared error of rows around their mean, all columns, by its definition. */
function squaredError(rows: readonly number[][]): number {
  if (rows.length === 0) return 0;
  return rows[0].reduce((sum, _, d) => {
    const mean = rows.reduce((s, row) => s + row[d], 0) / rows.length;
    return sum + rows.reduce((s, row) => s + (row[d] - mean) ** 2, 0);
  }, 0);
}

/** Smallest error that one split of a bucket on column d can reach: every distinct value tried. */
function bestSplitError(rows: readonly number[][], d: number): number {
  const cuts = [...new Set(rows.map((row) => row[d]))];
  const errors = cuts.map(
    (v) =>
      squaredError(rows.filter((row) => row[d] < v)) +
      squaredError(rows.filter((row) => row[d] >= v)),
  );
  return Math.min(squaredError(rows), ...errors);
}

/** Buckets of a level that a learned encoder makes. */
function bucketsAt(
  rows: readonly number[][],
  encoder: { splitDims: Uint16Array; thresholds: Int16Array },
  level: number,
): number[][][] {
  const buckets: number[][][] = Array.from({ length: 1 << level }, () => []);
  for (const row of rows) {
    let i = 0;
    for (let t = 0; t < level; t++) {
      const threshold = encoder.thresholds[(1 << t) - 1 + i];
      i = 2 * i + (row[encoder.splitDims[t]] >= threshold ? 1 : 0);
    }
    buckets[i].push(row);
  }
  return buckets;
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

describe("learning an encoder", () => {
  for (const [seed, N, D, range] of [
    [11, 60, 3, 8],
    [12, 200, 5, 256],
    [13, 40, 4, 2000],
    [14, 17, 1, 5],
  ]) {
    test(`reaches the error of a brute-force search at every level (seed ${seed})`, () => {
      const random = new Random(seed);
      const x = Array.from({ length: N }, () =>
        Array.from({ length: D }, () => random.below(range) - (range >> 1)),
      );
      const slice = Array.from({ length: D }, (_, d) => d);
      const encoder = learnEncoder(new Kernels(), transposed(x), N, N, slice, identity(D), D);
      for (let level = 0; level < 4; level++) {
        const buckets = bucketsAt(x, encoder, level);
        const best = Math.min(
          ...slice.map((d) => sum(buckets.map((rows) => bestSplitError(rows, d)))),
        );
        const reached = sum(bucketsAt(x, encoder, level + 1).map(squaredError));
        expect(reached).toBeCloseTo(best, 6);
      }
    });
  }

  test("tries only the columns of largest error when candidates are few (seed 15)", () => {
    const random = new Random(15);
    // Column 1 varies most, so it alone may be split on at the first level.
    const x = Array.from({ length: 100 }, () => [random.below(10), random.below(100), 0]);
    const one = learnEncoder(new Kernels(), transposed(x), 100, 100, [0, 1, 2], identity(3), 1);
    expect(one.splitDims[0]).toBe(1);
  });

  test("gives held-out rows the codes of the definition without learning from them (seed 16)", () => {
    const random = new Random(16);
    const x = Array.from({ length: 300 }, () => Array.from({ length: 6 }, () => random.below(256)));
    const slice = [4, 1, 3];
    const kernels = new Kernels();
    const encoder = learnEncoder(kernels, transposed(x), 300, 200, slice, identity(6), 3);
    const layer = {
      operator: "maddness" as const,
      inputs: 6,
      outputs: 1,
      codebooks: 1,
      splitDims: encoder.splitDims,
      thresholds: encoder.thresholds,
      tables: new Int8Array(16),
      bias: new Int32Array(1),
      shift: new Uint8Array(1),
    };
    x.forEach((row, r) => {
      expect(encoder.codes[r]).toBe(maddnessEncode(layer, Int16Array.from(row))[0]);
    });
    expect([...encoder.splitDims].every((d) => slice.includes(d))).toBe(true);
    const alone = transposed(x.slice(0, 200));
    const again = learnEncoder(new Kernels(), alone, 200, 200, slice, identity(6), 3);
    expect(again.thresholds).toEqual(encoder.thresholds);
  });

  test("sends everything left where a bucket has one distinct value", () => {
    const x = Array.from({ length: 32 }, (_, r) => [7, r < 16 ? 0 : 100]);
    const encoder = learnEncoder(new Kernels(), transposed(x), 32, 32, [0, 1], identity(2), 4);
    expect(encoder.splitDims[0]).toBe(1);
    expect(encoder.thresholds[0]).toBe(50);
    expect([...encoder.thresholds.subarray(1)]).toEqual(new Array(14).fill(32767));
    expect(new Set(encoder.codes)).toEqual(new Set([0, 8]));
  });

  test("learns from wholly constant columns without a split", () => {
    const encoder = learnEncoder(
      new Kernels(),
      new Int16Array(40).fill(-3),
      20,
      20,
      [0, 1],
      identity(2),
      4,
    );
    expect([...encoder.thresholds]).toEqual(new Array(15).fill(32767));
    expect([...encoder.codes]).toEqual(new Array(20).fill(0));
  });
});

describe("an integer threshold", () => {
  for (const activation of ["none", "relu"] as const) {
    test(`decides every i16 as the float comparison does, activation ${activation} (seed 21)`, () => {
      const random = new Random(21);
      for (let trial = 0; trial < 8; trial++) {
        const mapping: Mapping = {
          scale: Float64Array.of(10 ** (random.uniform() * 6 - 5)),
          offset: Float64Array.of((random.uniform() - 0.5) * 20),
          activation,
        };
        const value = (a: number) => mappedValue(mapping, 0, a);
        const a = random.below(65536) - 32768;
        const b = random.below(65536) - 32768;
        const [left, right] = [value(Math.min(a, b)), value(Math.max(a, b))];
        if (left === right) continue;
        const threshold = thresholdFor(mapping, 0, left, right);
        let wrong = 0;
        for (let x = -32768; x <= 32767; x++) {
          if (x >= threshold !== value(x) >= (left + right) / 2) wrong++;
        }
        expect(wrong).toBe(0);
      }
    });
  }
});
