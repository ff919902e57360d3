// What batches need beside the operators' sums.
import { output_stage } from "./output_stage";

/**
 * accumulators[i] += y[i], and up to 7 more behind them
 * @param y i16 [count]
 * @param accumulators i32 [count]
 */
export function batch_widen_add(y: usize, accumulators: usize, count: u32): void {
  const end = y + ((<usize>count) << 1);
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
 * @param records output stage records [M8], or 0 when bias = shift = 0 for all outputs
 * @param accumulators i32 [rows][M]
 * @param y i16 [rows][M], written, and up to 14 bytes behind it
 */
export function batch_output_stage(
  records: usize,
  accumulators: usize,
  y: usize,
  rows: u32,
  outputs: u32,
): void {
  const outputs8 = (outputs + 7) & -8;
  for (; rows; rows--, accumulators += (<usize>outputs) << 2, y += (<usize>outputs) << 1) {
    // What padding writes into the next row is written over by that row.
    output_stage(records, accumulators, y, outputs8);
  }
}
