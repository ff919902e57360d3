// What batches need beside the operators' sums.
import { output_stage } from "./output_stage";

/**
 * accumulators[r][m] += y[r][m]
 * @param y i16 [rows][outputs16]
 * @param accumulators i32 [rows][outputs16]
 */
export function batch_widen_add(y: usize, accumulators: usize, rows: u32, outputs16: u32): void {
  const end = y + ((<usize>(rows * outputs16)) << 1);
  for (; y < end; y += 16, accumulators += 32) {
    const v = v128.load(y);
    const low = i32x4.add(v128.load(accumulators), i32x4.extend_low_i16x8_s(v));
    const high = i32x4.add(v128.load(accumulators, 16), i32x4.extend_high_i16x8_s(v));
    v128.store(accumulators, low);
    v128.store(accumulators, high, 16);
  }
}

/**
 * The output stage of all rows: y = sat16(((acc + bias) + round) >> shift).
 * @param records output stage records [outputs8], or 0 when bias = shift = 0 for all outputs
 * @param accumulators i32 [rows][outputs16]
 * @param y i16 [rows][outputs16], written in the first outputs8 columns
 */
export function batch_output_stage(
  records: usize,
  accumulators: usize,
  y: usize,
  rows: u32,
  outputs8: u32,
  outputs16: u32,
): void {
  for (; rows; rows--, accumulators += (<usize>outputs16) << 2, y += (<usize>outputs16) << 1) {
    output_stage(records, accumulators, y, outputs8);
  }
}

/** Moves rows of outputs16 together, in place, to rows of `outputs`. @param y i16, 16 bytes longer than needed */
export function batch_pack(y: usize, rows: u32, outputs: u32, outputs16: u32): void {
  const stride = (<usize>outputs16) << 1;
  let to = y;
  for (; rows; rows--, y += stride, to += (<usize>outputs) << 1) {
    // Vectors end where the next row's source starts, at the latest.
    for (let i: usize = 0; i < stride; i += 16) v128.store(to + i, v128.load(y + i));
  }
}
