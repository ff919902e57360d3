// MADDNESS, scalar: host/reference/maddness.ts is the definition.
import {
  ENCODER_BYTES,
  ENCODER_SPLIT_DIM_AT,
  ENCODER_THRESHOLD_AT,
  MADDNESS_LEAVES,
  MADDNESS_LEVELS,
} from "../generated/spec";
import { trees_are_sound } from "../trees";

/**
 * Code of one codebook.
 * @param record encoder record: u16 splitDim[4], i16 threshold[15] in heap order
 * @param x i16 [D]
 * @returns 0..15, first level is the most significant bit
 */
export function maddness_encode__scalar(record: usize, x: usize): u32 {
  let node: u32 = 1; // Heap node counted from 1, so that node 1 << t | i needs no subtraction.
  for (let t: usize = 0; t < <usize>MADDNESS_LEVELS; t++) {
    const dim = <usize>load<u16>(record + (t << 1), ENCODER_SPLIT_DIM_AT);
    // Node n holds threshold n - 1; the constant offset takes the 1 off.
    const threshold = load<i16>(record + ((<usize>node) << 1), ENCODER_THRESHOLD_AT - 2);
    const bit = load<i16>(x + (dim << 1)) >= threshold;
    node = (node << 1) | <u32>bit;
  }
  return node & <u32>(MADDNESS_LEAVES - 1);
}

/**
 * Accumulates all codebooks of one layer for one row.
 * @param encoders C encoder records
 * @param tables i8 [C][16][M8]
 * @param x i16 [D]
 * @param accumulators i32 [M8], overwritten with the exact sums
 */
export function maddness_accumulate__scalar(
  encoders: usize,
  tables: usize,
  x: usize,
  accumulators: usize,
  codebooks: u32,
  outputs8: u32,
): void {
  const end = accumulators + ((<usize>outputs8) << 2);
  for (let a = accumulators; a < end; a += 4) store<i32>(a, 0);
  const codebookBytes = (<usize>outputs8) << 4;
  for (let c: u32 = 0; c < codebooks; c++) {
    let entry = tables + <usize>maddness_encode__scalar(encoders, x) * <usize>outputs8;
    for (let a = accumulators; a < end; a += 4, entry++) {
      store<i32>(a, load<i32>(a) + <i32>load<i8>(entry));
    }
    encoders += ENCODER_BYTES;
    tables += codebookBytes;
  }
}

/** Does a step stay within its bounds? The parameters are those of trees_are_sound. */
export function maddness_check(
  step: usize,
  device: usize,
  parameterBytes: u32,
  tableBytes: u32,
  inputs: u32,
  outputs8: u32,
): bool {
  return trees_are_sound(step, device, parameterBytes, tableBytes, inputs, outputs8);
}
