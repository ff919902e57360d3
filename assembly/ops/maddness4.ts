// MADDNESS with table entries of 4 bits, scalar: host/reference/maddness4.ts is the definition.
import { ENCODER_BYTES, MADDNESS_LEAVES } from "../generated/spec";
import { trees_are_sound } from "../trees";
import { maddness_encode__scalar } from "./maddness";

/** Rows are padded to 16 entries. */
function row_bytes(outputs8: u32): u32 {
  return ((outputs8 + 8) >>> 4) << 3;
}

/**
 * Accumulates all codebooks of one layer for one row.
 * @param encoders C encoder records
 * @param tables [C][16][M16/2] two entries a byte, the lower output in the lower half
 * @param x i16 [D]
 * @param accumulators i32 [M8], overwritten with the exact sums
 */
export function maddness4_accumulate__scalar(
  encoders: usize,
  tables: usize,
  x: usize,
  accumulators: usize,
  codebooks: u32,
  outputs8: u32,
): void {
  const end = accumulators + ((<usize>outputs8) << 2);
  for (let a = accumulators; a < end; a += 4) store<i32>(a, 0);
  const rowBytes = <usize>row_bytes(outputs8);
  for (let c: u32 = 0; c < codebooks; c++) {
    const code = maddness_encode__scalar(encoders, x) + (MADDNESS_LEAVES - 1);
    let entry = tables + <usize>code * rowBytes;
    for (let a = accumulators; a < end; a += 8, entry++) {
      const pair = <i32>load<i8>(entry);
      store<i32>(a, load<i32>(a) + ((pair << 28) >> 28));
      store<i32>(a, load<i32>(a, 4) + (pair >> 4), 4);
    }
    encoders += ENCODER_BYTES;
    tables += rowBytes << 4;
  }
}

/** Does a step stay within its bounds? The parameters are those of trees_are_sound. */
export function maddness4_check(
  step: usize,
  device: usize,
  parameterBytes: u32,
  tableBytes: u32,
  inputs: u32,
  outputs8: u32,
): bool {
  return trees_are_sound(step, device, parameterBytes, tableBytes, inputs, row_bytes(outputs8));
}
