import type { Layer } from "../generated/operators.ts";
import { type Batches, columnMoments } from "./batches.ts";

/** [layers][M] standard deviation of the integer outputs of every layer. */
export function spreadsOf(
  layers: readonly Layer[],
  batches: Batches,
  sample: Uint32Array,
): Float64Array[] {
  let rows: ArrayLike<number> = batches.integers(sample);
  return layers.map((layer) => {
    const { codebooks: C, inputs: D, outputs: M, splitDims, thresholds, tables, shift } = layer;
    const out = new Float64Array(sample.length * M);
    for (let r = 0; r < sample.length; r++) {
      for (let c = 0; c < C; c++) {
        let k = 0;
        for (let t = 0; t < 4; t++) {
          const x = rows[r * D + splitDims[c * 4 + t]];
          k = 2 * k + (x >= thresholds[c * 15 + 2 ** t - 1 + k] ? 1 : 0);
        }
        for (let m = 0; m < M; m++) out[r * M + m] += tables[(c * 16 + k) * M + m];
      }
      for (let m = 0; m < M; m++) out[r * M + m] /= 2 ** shift[m];
    }
    rows = out;
    const all = Uint32Array.from(sample, (_, i) => i);
    return columnMoments(out, M, all).deviation;
  });
}
