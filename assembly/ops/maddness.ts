// MADDNESS, scalar: host/reference/maddness.ts is the definition.
import {
  ENCODER_BYTES,
  ENCODER_SPLIT_DIM_AT,
  ENCODER_THRESHOLD_AT,
  MADDNESS_LEAVES,
} from "../generated/spec";
import { trees_are_sound } from "../trees";

/*
 * Four entries are added at a time. A word of entries e, each made the unsigned byte e + 128, is added
 * to `all`, and its bytes 1 and 3 to the two 16-bit halves of `odd`. Bytes 0 and 2 need no sum of their
 * own: all - odd * 256 (mod 2^32) is it. 256 bytes of at most 255 fit in 16 bits, so this is exact.
 */
const EXCESS: u32 = 0x80808080;
/**
 * For a word shifted by one byte, whose bit 24 is 0 whatever the mask says. With that bit the mask is
 * no immediate operand of Thumb-2, so it stays in a register, and shift and mask are one instruction:
 * 28 instead of 33 for 16 look-ups on a Cortex-M3.
 */
const ODD: u32 = 0x01ff00ff;
const PACKED_MAX: u32 = 256;

/**
 * Code of one codebook, without a branch: x - threshold is negative or not, and its sign goes into the
 * node. Nodes of level t count from the last one of the level down, 0, -1, ... 1 - 2^t, so the next
 * level's is twice this one's plus the sign, and what is left over goes into the loads' constants.
 * @param record encoder record: u16 splitDim[4], i16 threshold[15] in heap order
 * @param x i16 [D]
 * @returns code - 15: -15..0
 */
export function maddness_encode__scalar(record: usize, x: usize): i32 {
  let node = sign(record, x, 0, 0, 0);
  node = (node << 1) + sign(record, x, 1, node, 2);
  node = (node << 1) + sign(record, x, 2, node, 6);
  return (node << 1) + sign(record, x, 3, node, 14);
}

/**
 * @param last heap index of the last node of this level
 * @returns -1 if the input compared at this node is below its threshold, else 0
 */
function sign(record: usize, x: usize, level: usize, node: i32, last: usize): i32 {
  const dim = <usize>load<u16>(record + (level << 1), ENCODER_SPLIT_DIM_AT);
  const threshold = <i32>(
    load<i16>(record + (last << 1) + ((<usize>node) << 1), ENCODER_THRESHOLD_AT)
  );
  return (<i32>load<i16>(x + (dim << 1)) - threshold) >> 31;
}

/** Adds the rows of four codebooks to packed sums: u32 all, u32 odd for every four outputs. */
function maddness_add_four__scalar(
  row0: usize,
  row1: usize,
  row2: usize,
  row3: usize,
  packed: usize,
  words: u32,
): void {
  for (; words; words--, packed += 8) {
    const w0 = load<u32>(row0) ^ EXCESS;
    const w1 = load<u32>(row1) ^ EXCESS;
    const w2 = load<u32>(row2) ^ EXCESS;
    const w3 = load<u32>(row3) ^ EXCESS;
    store<u32>(packed, load<u32>(packed) + w0 + w1 + w2 + w3);
    const odd = ((w0 >>> 8) & ODD) + ((w1 >>> 8) & ODD) + ((w2 >>> 8) & ODD) + ((w3 >>> 8) & ODD);
    store<u32>(packed, load<u32>(packed, 4) + odd, 4);
    row0 += 4;
    row1 += 4;
    row2 += 4;
    row3 += 4;
  }
}

/** The same for one codebook. */
function maddness_add_one__scalar(row: usize, packed: usize, words: u32): void {
  for (; words; words--, packed += 8, row += 4) {
    const w = load<u32>(row) ^ EXCESS;
    store<u32>(packed, load<u32>(packed) + w);
    store<u32>(packed, load<u32>(packed, 4) + ((w >>> 8) & ODD), 4);
  }
}

/** Entry by entry, for more codebooks than 16 bits hold sums of. */
function maddness_accumulate_wide__scalar(
  encoders: usize,
  tables: usize,
  x: usize,
  accumulators: usize,
  codebooks: u32,
  outputs8: u32,
): void {
  const end = accumulators + ((<usize>outputs8) << 2);
  for (let a = accumulators; a < end; a += 4) store<i32>(a, 0);
  for (; codebooks; codebooks--, encoders += ENCODER_BYTES, tables += (<usize>outputs8) << 4) {
    const code = maddness_encode__scalar(encoders, x) + (MADDNESS_LEAVES - 1);
    let entry = tables + <usize>code * <usize>outputs8;
    for (let a = accumulators; a < end; a += 4, entry++) {
      store<i32>(a, load<i32>(a) + <i32>load<i8>(entry));
    }
  }
}

/**
 * Accumulates all codebooks of one layer for one row.
 * @param encoders C encoder records
 * @param tables i8 [C][16][M8], multiple of 4
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
  if (codebooks > PACKED_MAX) {
    maddness_accumulate_wide__scalar(encoders, tables, x, accumulators, codebooks, outputs8);
    return;
  }
  // Packed sums take the upper half of the accumulators: unpacking runs upwards behind them. The
  // lower half has the addresses of rows, as many as fit.
  const end = accumulators + ((<usize>outputs8) << 2);
  const packed = accumulators + ((<usize>outputs8) << 1);
  const words = outputs8 >> 2;
  const codebookBytes = (<usize>outputs8) << 4;
  for (let p = packed; p < end; p += 4) store<u32>(p, 0);

  let lastRow = tables + codebookBytes - <usize>outputs8; // that of code 15
  for (let left = codebooks; left; ) {
    const some = min(left, outputs8 >> 1); // a multiple of 4, but for the last codebooks
    left -= some;
    const rowsEnd = accumulators + ((<usize>some) << 2);
    let r = accumulators;
    for (; r < rowsEnd; r += 4) {
      store<u32>(r, <u32>(<i32>lastRow + maddness_encode__scalar(encoders, x) * <i32>outputs8));
      encoders += ENCODER_BYTES;
      lastRow += codebookBytes;
    }
    r = accumulators;
    for (; r + 16 <= rowsEnd; r += 16) {
      const row0 = load<u32>(r);
      const row1 = load<u32>(r, 4);
      const row2 = load<u32>(r, 8);
      maddness_add_four__scalar(row0, row1, row2, load<u32>(r, 12), packed, words);
    }
    for (; r < rowsEnd; r += 4) maddness_add_one__scalar(load<u32>(r), packed, words);
  }

  const excess = <i32>(codebooks << 7);
  for (let a = accumulators, p = packed; p < end; a += 16, p += 8) {
    const odd = load<u32>(p, 4);
    const even = load<u32>(p) - (odd << 8);
    store<i32>(a, <i32>(even & 0xffff) - excess);
    store<i32>(a, <i32>(odd & 0xffff) - excess, 4);
    store<i32>(a, <i32>(even >>> 16) - excess, 8);
    store<i32>(a, <i32>(odd >>> 16) - excess, 12);
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
