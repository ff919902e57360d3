/**
 * The definition of a plain int8 network, in exact integers: what bench/mac/gateware must compute bit
 * for bit.
 */

/** One dense layer, D inputs, M outputs. */
export interface Int8Layer {
  readonly inputs: number;
  readonly outputs: number;
  /** [M][D] i8 */
  readonly weights: Int8Array;
  /** [M] */
  readonly bias: Int32Array;
  /** [M] 0..31 */
  readonly shift: Uint8Array;
  /** Outputs are i16; else u8, which is ReLU as well. */
  readonly wide: boolean;
}

/** Each layer reads the outputs of the one before; only the last is wide. */
export type Int8Network = readonly Int8Layer[];

/** Largest absolute value that total + bias may have: the engine's accumulator has 26 bits. */
export const TOTAL_MAX = 2 ** 25 - 1;

/**
 * acc[m] = Σ_d weights[m][d] · x[d]
 * @param x [D] u8
 * @returns [M] i32
 */
export function denseTotals({ inputs, outputs, weights }: Int8Layer, x: ArrayLike<number>) {
  const totals = new Int32Array(outputs);
  for (let d = 0; d < inputs; d++) {
    const v = x[d];
    if (v === 0) continue;
    for (let m = 0; m < outputs; m++) totals[m] += v * weights[m * inputs + d];
  }
  return totals;
}

/**
 * y = sat(((acc + bias) + round) >> shift), round = shift ? 2^(shift-1) : 0 (half up); saturated to
 * 0..255, or to -32768..32767 if wide.
 */
export function int8Output(acc: number, bias: number, shift: number, wide: boolean): number {
  const round = shift === 0 ? 0 : 2 ** (shift - 1);
  const y = Math.floor((acc + bias + round) / 2 ** shift);
  return wide ? Math.min(32767, Math.max(-32768, y)) : Math.min(255, Math.max(0, y));
}

/** @param x [D] u8 @returns [M] u8, or i16 if wide */
export function int8Layer(layer: Int8Layer, x: ArrayLike<number>): Int16Array {
  const { bias, shift, wide } = layer;
  return Int16Array.from(denseTotals(layer, x), (acc, m) =>
    int8Output(acc, bias[m], shift[m], wide),
  );
}

/** @param input [D] u8 @returns the last layer's outputs */
export function int8Infer(network: Int8Network, input: ArrayLike<number>): Int16Array {
  return network.reduce<Int16Array>((x, layer) => int8Layer(layer, x), Int16Array.from(input));
}
