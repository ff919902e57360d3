// Comparison trees of 16 rows at once: host/reference/maddness.ts is the definition.
import {
  ENCODER_BYTES,
  ENCODER_SPLIT_DIM_AT,
  ENCODER_THRESHOLD_AT,
  INPUT_I16,
  INPUT_U8,
} from "./generated/spec";

/** Rows that kernels work on at a time; codes lie [C][ROWS], one byte each. */
export const ROWS: u32 = 256;

/**
 * Codes of up to ROWS rows. Rows are encoded 16 at a time: what lies behind the last row is read, too, and
 * gives codes that nobody asks for.
 * @param records C encoder records: u16 splitDim[4], i16 threshold[15] in heap order
 * @param x [rows][stride bytes] of input type `type`, readable up to a multiple of 16 rows
 * @param codes u8 [C][ROWS], written: 16 times the code, which is the offset of its row of 16 bytes
 */
export function trees_encode__simd128(
  records: usize,
  codebooks: u32,
  x: usize,
  type: i32,
  stride: usize,
  rows: u32,
  codes: usize,
): void {
  const end = records + <usize>(codebooks * ENCODER_BYTES);
  for (let r: u32 = 0; r < rows; r += 16, x += stride << 4, codes += 16) {
    let out = codes;
    for (let record = records; record < end; record += ENCODER_BYTES, out += <usize>ROWS) {
      if (type === INPUT_I16) {
        const low = encode_words(record, x, stride);
        const high = encode_words(record, x + (stride << 3), stride);
        v128.store(out, i8x16.narrow_i16x8_u(low, high));
      } else {
        v128.store(out, encode_bytes(record, x, stride, type === INPUT_U8));
      }
    }
  }
}

/**
 * Byte offsets of i16 thresholds within a level: node i is twice i, in both bytes of its word, and the
 * upper byte is one more. `two` is that 2, where a comparison held.
 */
function next_node(node: v128, reached: v128): v128 {
  return i16x8.add(i16x8.add(node, node), v128.and(reached, i16x8.splat(0x0202)));
}

function reached(x: v128, level: v128, node: v128): v128 {
  return i16x8.ge_s(x, i8x16.swizzle(level, i16x8.add(node, i16x8.splat(0x0100))));
}

/** The four levels for 8 rows. @returns 16 times the code, as words */
function encode_eight(record: usize, x0: v128, x1: v128, x2: v128, x3: v128): v128 {
  const first = i16x8.ge_s(x0, v128.load16_splat(record, ENCODER_THRESHOLD_AT));
  let node = v128.and(first, i16x8.splat(0x0202));
  node = next_node(node, reached(x1, v128.load32_zero(record, ENCODER_THRESHOLD_AT + 2), node));
  node = next_node(node, reached(x2, v128.load64_zero(record, ENCODER_THRESHOLD_AT + 6), node));
  node = next_node(node, reached(x3, v128.load(record, ENCODER_THRESHOLD_AT + 14), node));
  return v128.and(i16x8.shl(node, 3), i16x8.splat(0xf0));
}

function encode_words(record: usize, x: usize, stride: usize): v128 {
  const x0 = words(x + ((<usize>load<u16>(record, ENCODER_SPLIT_DIM_AT)) << 1), stride);
  const x1 = words(x + ((<usize>load<u16>(record, ENCODER_SPLIT_DIM_AT + 2)) << 1), stride);
  const x2 = words(x + ((<usize>load<u16>(record, ENCODER_SPLIT_DIM_AT + 4)) << 1), stride);
  const x3 = words(x + ((<usize>load<u16>(record, ENCODER_SPLIT_DIM_AT + 6)) << 1), stride);
  return encode_eight(record, x0, x1, x2, x3);
}

function encode_bytes(record: usize, x: usize, stride: usize, unsigned: bool): v128 {
  const x0 = bytes(x + <usize>load<u16>(record, ENCODER_SPLIT_DIM_AT), stride);
  const x1 = bytes(x + <usize>load<u16>(record, ENCODER_SPLIT_DIM_AT + 2), stride);
  const x2 = bytes(x + <usize>load<u16>(record, ENCODER_SPLIT_DIM_AT + 4), stride);
  const x3 = bytes(x + <usize>load<u16>(record, ENCODER_SPLIT_DIM_AT + 6), stride);
  if (unsigned) {
    return i8x16.narrow_i16x8_u(
      encode_eight(
        record,
        i16x8.extend_low_i8x16_u(x0),
        i16x8.extend_low_i8x16_u(x1),
        i16x8.extend_low_i8x16_u(x2),
        i16x8.extend_low_i8x16_u(x3),
      ),
      encode_eight(
        record,
        i16x8.extend_high_i8x16_u(x0),
        i16x8.extend_high_i8x16_u(x1),
        i16x8.extend_high_i8x16_u(x2),
        i16x8.extend_high_i8x16_u(x3),
      ),
    );
  }
  return i8x16.narrow_i16x8_u(
    encode_eight(
      record,
      i16x8.extend_low_i8x16_s(x0),
      i16x8.extend_low_i8x16_s(x1),
      i16x8.extend_low_i8x16_s(x2),
      i16x8.extend_low_i8x16_s(x3),
    ),
    encode_eight(
      record,
      i16x8.extend_high_i8x16_s(x0),
      i16x8.extend_high_i8x16_s(x1),
      i16x8.extend_high_i8x16_s(x2),
      i16x8.extend_high_i8x16_s(x3),
    ),
  );
}

/** One column of 8 rows of i16. */
function words(p: usize, stride: usize): v128 {
  let v = v128.load16_splat(p);
  p += stride;
  v = v128.load16_lane(p, v, 1);
  p += stride;
  v = v128.load16_lane(p, v, 2);
  p += stride;
  v = v128.load16_lane(p, v, 3);
  p += stride;
  v = v128.load16_lane(p, v, 4);
  p += stride;
  v = v128.load16_lane(p, v, 5);
  p += stride;
  v = v128.load16_lane(p, v, 6);
  return v128.load16_lane(p + stride, v, 7);
}

/** One column of 16 rows of bytes. */
function bytes(p: usize, stride: usize): v128 {
  let v = v128.load8_splat(p);
  p += stride;
  v = v128.load8_lane(p, v, 1);
  p += stride;
  v = v128.load8_lane(p, v, 2);
  p += stride;
  v = v128.load8_lane(p, v, 3);
  p += stride;
  v = v128.load8_lane(p, v, 4);
  p += stride;
  v = v128.load8_lane(p, v, 5);
  p += stride;
  v = v128.load8_lane(p, v, 6);
  p += stride;
  v = v128.load8_lane(p, v, 7);
  p += stride;
  v = v128.load8_lane(p, v, 8);
  p += stride;
  v = v128.load8_lane(p, v, 9);
  p += stride;
  v = v128.load8_lane(p, v, 10);
  p += stride;
  v = v128.load8_lane(p, v, 11);
  p += stride;
  v = v128.load8_lane(p, v, 12);
  p += stride;
  v = v128.load8_lane(p, v, 13);
  p += stride;
  v = v128.load8_lane(p, v, 14);
  return v128.load8_lane(p + stride, v, 15);
}
