import type { Kernels } from "./kernels.ts";
import { type Mapping, mappedValue, thresholdFor } from "./mapping.ts";

const LEVELS = 4;
const NODES = 15;
/** A node without a split sends everything left (only 32767 itself would go right). */
const NO_SPLIT = 32767;

export interface Encoder {
  /** [4] columns, as the slice numbers them */
  readonly splitDims: Uint16Array;
  /** [15] heap order */
  readonly thresholds: Int16Array;
  /** [rows] code of every row, held-out rows too */
  readonly codes: Uint8Array;
}

/**
 * Learns one codebook's encoder on the first `trainRows` rows (Blalock & Guttag 2021, algorithms 1
 * and 2): one split column a level, shared by its nodes; thresholds are integers from the start, so
 * every level is learned on the buckets that the finished encoder makes.
 * @param columns [D][rows] i16, column-major
 * @param slice columns that may be compared, each 0..D-1
 * @param candidates columns tried a level, those of the largest squared error within buckets
 */
export function learnEncoder(
  kernels: Kernels,
  columns: Int16Array,
  rows: number,
  trainRows: number,
  slice: readonly number[],
  mapping: Mapping,
  candidates: number,
): Encoder {
  return kernels.scoped(() => {
    const run = kernels.run;
    const S = slice.length;
    const F = S + (S % 2);
    const values = kernels.allocate(S * rows * 2);
    const order = kernels.allocate(S * trainRows * 4);
    const features = kernels.allocate(trainRows * F * 4);
    const bucket = kernels.allocate(rows);
    const moments = kernels.allocate((8 + 16 * F) * 8);
    const scratch = kernels.allocate(Math.max(8 * (F + 2) * 8, 65536 * 4));
    const out = kernels.allocate(8 * 3 * 8);
    const thresholdsAt = kernels.allocate(8 * 2);
    const counts = moments;
    const sums = counts + 8 * 8;
    const squares = sums + 8 * F * 8;

    kernels.u8(bucket, rows).fill(0);
    const x = kernels.i16(values, S * rows);
    slice.forEach((d, j) => {
      x.set(columns.subarray(d * rows, (d + 1) * rows), j * rows);
      run.fit_order(values + j * rows * 2, trainRows, scratch, order + j * trainRows * 4);
    });
    const f = kernels.f32(features, trainRows * F).fill(0);
    slice.forEach((d, j) => {
      for (let r = 0; r < trainRows; r++) f[r * F + j] = mappedValue(mapping, d, x[j * rows + r]);
    });

    const splitDims = new Uint16Array(LEVELS);
    const thresholds = new Int16Array(NODES);
    for (let level = 0; level < LEVELS; level++) {
      const buckets = 1 << level;
      run.fit_bucket_moments(features, trainRows, F, bucket, buckets, counts, sums, squares);
      const errors = squaredErrors(
        kernels.f64(counts, 8),
        kernels.f64(sums, buckets * F),
        kernels.f64(squares, buckets * F),
        S,
      );
      let best = { fall: -1, column: 0, splits: new Float64Array(0) };
      for (const column of largest(errors, candidates)) {
        const sorted = order + column * trainRows * 4;
        const fall = run.fit_split_search(
          sorted,
          trainRows,
          features,
          F,
          column,
          bucket,
          buckets,
          counts,
          sums,
          scratch,
          out,
        );
        if (fall > best.fall)
          best = { fall, column, splits: kernels.f64(out, buckets * 3).slice() };
      }
      const d = slice[best.column];
      splitDims[level] = d;
      const nodes = thresholds.subarray(buckets - 1, 2 * buckets - 1);
      for (let b = 0; b < buckets; b++) {
        const [fall, left, right] = best.splits.subarray(3 * b, 3 * b + 3);
        nodes[b] = fall > 0 ? thresholdFor(mapping, d, left, right) : NO_SPLIT;
      }
      kernels.i16(thresholdsAt, buckets).set(nodes);
      run.fit_split_apply(values + best.column * rows * 2, rows, thresholdsAt, bucket);
    }
    return { splitDims, thresholds, codes: kernels.u8(bucket, rows).slice() };
  });
}

/** [S] squared error within buckets of every column. */
function squaredErrors(
  counts: Float64Array,
  sums: Float64Array,
  squares: Float64Array,
  S: number,
): Float64Array {
  const errors = new Float64Array(S);
  const F = S + (S % 2);
  for (let b = 0; b * F < sums.length; b++) {
    if (counts[b] === 0) continue;
    for (let j = 0; j < S; j++) {
      errors[j] += squares[b * F + j] - sums[b * F + j] ** 2 / counts[b];
    }
  }
  return errors;
}

/** Indices of the `count` largest values, largest first; of equal ones the first. */
function largest(values: Float64Array, count: number): number[] {
  const order = Array.from(values, (_, i) => i).sort((a, b) => values[b] - values[a] || a - b);
  return order.slice(0, count);
}
