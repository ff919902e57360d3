import { outputStage } from "./output-stage.ts";

/**
 * One MADDNESS layer in exact integers, without a multiplication.
 * C codebooks, D inputs, M outputs, 16 leaves and 4 levels per codebook.
 */
export interface MaddnessLayer extends MaddnessTables {
  readonly operator: "maddness";
}

/** What a MADDNESS layer holds, whatever the width of its entries. */
export interface MaddnessTables {
  /** D, 1..65535 */
  readonly inputs: number;
  /** M, 1..65528 */
  readonly outputs: number;
  /** C, 1..65535 */
  readonly codebooks: number;
  /** [C][4] input element compared at each level, 0..D-1 */
  readonly splitDims: Uint16Array;
  /** [C][15] heap order: level t, node i at 2^t - 1 + i */
  readonly thresholds: Int16Array;
  /** [C][16][M] */
  readonly tables: Int8Array;
  /** [M] */
  readonly bias: Int32Array;
  /** [M] 0..31 */
  readonly shift: Uint8Array;
}

/**
 * The definition of the encoder (Blalock & Guttag 2021, algorithm 1, with `>=` on integers).
 * @param x [D] i16 activations
 * @returns [C] codes 0..15; the first level is the most significant bit
 */
export function maddnessEncode(layer: MaddnessTables, x: Int16Array): Uint8Array {
  const codes = new Uint8Array(layer.codebooks);
  for (let c = 0; c < layer.codebooks; c++) {
    let i = 0;
    for (let t = 0; t < 4; t++) {
      const threshold = layer.thresholds[c * 15 + (1 << t) - 1 + i];
      i = 2 * i + (x[layer.splitDims[c * 4 + t]] >= threshold ? 1 : 0);
    }
    codes[c] = i;
  }
  return codes;
}

/**
 * Exact table sums: acc[m] = Σ_c T[c][code_c][m].
 * @param x [D] i16 activations
 * @returns [M] i32; cannot overflow for C <= 65535
 */
export function maddnessAccumulate(layer: MaddnessTables, x: Int16Array): Int32Array {
  const M = layer.outputs;
  const codes = maddnessEncode(layer, x);
  const acc = new Int32Array(M);
  for (let c = 0; c < layer.codebooks; c++) {
    const row = (c * 16 + codes[c]) * M;
    for (let m = 0; m < M; m++) acc[m] += layer.tables[row + m];
  }
  return acc;
}

/**
 * The definition of the operator: encode, accumulate, output stage.
 * @param x [D] i16
 * @returns [M] i16
 */
export function maddnessInfer(layer: MaddnessTables, x: Int16Array): Int16Array {
  return outputStage(layer, maddnessAccumulate(layer, x));
}
