/** What every linear operator's layer says about its outputs. M outputs. */
export interface OutputStage {
  /** [M] i32 */
  readonly bias: Int32Array;
  /** [M] 0..31 */
  readonly shift: Uint8Array;
}

/**
 * y = sat16(((acc + bias) + round) >> shift), round = shift ? 2^(shift-1) : 0 (half up).
 * @param acc i32; packing proves that acc + bias + round fits in i32
 * @param shift 0..31
 * @returns i16
 */
export function requantise(acc: number, bias: number, shift: number): number {
  const round = shift === 0 ? 0 : 2 ** (shift - 1);
  // Floor of a quotient, not >>, so that the definition itself can never wrap.
  const y = Math.floor((acc + bias + round) / 2 ** shift);
  return Math.min(32767, Math.max(-32768, y));
}

/**
 * @param acc [M] i32
 * @returns [M] i16
 */
export function outputStage(stage: OutputStage, acc: Int32Array): Int16Array {
  return Int16Array.from(acc, (a, m) => requantise(a, stage.bias[m], stage.shift[m]));
}
