import type { MaddnessTables } from "../reference/maddness.ts";
import { requantise } from "../reference/output-stage.ts";
import type { Kernels } from "./kernels.ts";
import { type Mapping, mappedValue } from "./mapping.ts";
import { type DenseLayer, denseRow } from "./network.ts";
import type { Split } from "./rows.ts";

/**
 * Outputs of an integer layer for rows whose codes are known.
 * @param codes [rows][C]
 * @returns [M][rows] i16, column-major
 */
export function integerOutputs(
  kernels: Kernels,
  layer: MaddnessTables,
  codes: Uint8Array,
  rows: number,
): Int16Array {
  const { codebooks: C, outputs: M, tables, bias, shift } = layer;
  const width = Math.ceil(M / 8) * 8;
  const padded = new Int8Array(C * 16 * width);
  for (let k = 0; k < C * 16; k++) padded.set(tables.subarray(k * M, k * M + M), k * width);
  return kernels.scoped(() => {
    const tablesAt = kernels.put(padded);
    const codesAt = kernels.put(codes);
    const out = kernels.allocate(rows * width * 4);
    kernels.run.fit_lookup_i8(codesAt, rows, C, tablesAt, width, out);
    const acc = kernels.i32(out, rows * width);
    const columns = new Int16Array(M * rows);
    for (let m = 0; m < M; m++) {
      for (let r = 0; r < rows; r++) {
        columns[m * rows + r] = requantise(acc[r * width + m], bias[m], shift[m]);
      }
    }
    return columns;
  });
}

/**
 * Mean squared error on the held-out rows divided by the variance of the targets there; 0 when the
 * targets do not vary.
 * @param outputs [M][rows] i16
 * @param targets [rows][M]
 */
export function heldOutNmse(
  outputs: Int16Array,
  { scale, offset }: Omit<Mapping, "activation">,
  targets: Float32Array,
  { rows, trainRows }: Split,
): number {
  const M = scale.length;
  let error = 0;
  let variance = 0;
  for (let m = 0; m < M; m++) {
    // Around the first target: targets that do not vary then have a variance of exactly 0.
    const first = targets[trainRows * M + m];
    let sum = 0;
    let squares = 0;
    for (let r = trainRows; r < rows; r++) {
      const target = targets[r * M + m];
      error += (outputs[m * rows + r] * scale[m] + offset[m] - target) ** 2;
      sum += target - first;
      squares += (target - first) ** 2;
    }
    variance += squares - sum ** 2 / (rows - trainRows);
  }
  return variance > 0 ? error / variance : 0;
}

/**
 * What a dense layer makes of another layer's integer outputs, read as floats.
 * @param columns [D][rows] i16
 * @returns [rows][M]
 */
export function denseOfMapped(
  dense: DenseLayer,
  columns: Int16Array,
  mapping: Mapping,
  rows: number,
): Float32Array {
  const M = dense.bias.length;
  const x = new Float64Array(columns.length / rows);
  const y = new Float64Array(M);
  const outputs = new Float32Array(rows * M);
  for (let r = 0; r < rows; r++) {
    for (let d = 0; d < x.length; d++) x[d] = mappedValue(mapping, d, columns[d * rows + r]);
    denseRow(dense, x, y);
    outputs.set(y, r * M);
  }
  return outputs;
}
