/*
 * Columns of 16 rows, out of rows as users have them. Eight neighbouring columns are transposed together, which
 * takes about 9 instructions a column; a column alone takes 33. The host plans which way each one goes.
 */
import { INPUT_I16, INPUT_U8 } from "./generated/spec";

/**
 * @param plan u16 groups, u16 singles, then so many column numbers each; those of groups are multiples of 8
 * @param x [16 rows][stride bytes] of input type `type`, readable up to 8 columns behind the last row
 * @param columns written where the plan says: i8 [D8][16], u8 less 128; for i16 i16 [D8][16]
 */
export function columns_gather__simd128(
  plan: usize,
  x: usize,
  type: i32,
  stride: usize,
  columns: usize,
): void {
  let at = plan + 4;
  const singles = at + ((<usize>load<u16>(plan)) << 1);
  const end = singles + ((<usize>load<u16>(plan, 2)) << 1);
  if (type === INPUT_I16) {
    const below = x + (stride << 3);
    for (; at < singles; at += 2) {
      const d = <usize>load<u16>(at);
      transpose_words(x + (d << 1), stride, columns + (d << 5));
      transpose_words(below + (d << 1), stride, columns + (d << 5) + 16);
    }
    for (; at < end; at += 2) {
      const d = <usize>load<u16>(at);
      v128.store(columns + (d << 5), column_words(x + (d << 1), stride));
      v128.store(columns + (d << 5), column_words(below + (d << 1), stride), 16);
    }
    return;
  }
  const flip = i8x16.splat(type === INPUT_U8 ? -128 : 0);
  for (; at < singles; at += 2) {
    const d = <usize>load<u16>(at);
    transpose_bytes(x + d, stride, columns + (d << 4), flip);
  }
  for (; at < end; at += 2) {
    const d = <usize>load<u16>(at);
    v128.store(columns + (d << 4), v128.xor(column_bytes(x + d, stride), flip));
  }
}

function low_bytes(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

function low_words(a: v128, b: v128): v128 {
  return i16x8.shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

function high_words(a: v128, b: v128): v128 {
  return i16x8.shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

function low_pairs(a: v128, b: v128): v128 {
  return i32x4.shuffle(a, b, 0, 4, 1, 5);
}

function high_pairs(a: v128, b: v128): v128 {
  return i32x4.shuffle(a, b, 2, 6, 3, 7);
}

function low_halves(a: v128, b: v128): v128 {
  return i64x2.shuffle(a, b, 0, 2);
}

function high_halves(a: v128, b: v128): v128 {
  return i64x2.shuffle(a, b, 1, 3);
}

/** Bytes of 8 columns: those of rows p and p + stride in turn. */
function two_rows(p: usize, stride: usize): v128 {
  return low_bytes(v128.load64_zero(p), v128.load64_zero(p + stride));
}

/** 8 columns of 16 rows of bytes. @param columns [8][16], written */
function transpose_bytes(p: usize, stride: usize, columns: usize, flip: v128): void {
  const two = stride << 1;
  const r0 = two_rows(p, stride);
  p += two;
  const r2 = two_rows(p, stride);
  p += two;
  const r4 = two_rows(p, stride);
  p += two;
  const r6 = two_rows(p, stride);
  p += two;
  const r8 = two_rows(p, stride);
  p += two;
  const r10 = two_rows(p, stride);
  p += two;
  const r12 = two_rows(p, stride);
  const r14 = two_rows(p + two, stride);
  four_columns(
    low_words(r0, r2),
    low_words(r4, r6),
    low_words(r8, r10),
    low_words(r12, r14),
    columns,
    flip,
  );
  four_columns(
    high_words(r0, r2),
    high_words(r4, r6),
    high_words(r8, r10),
    high_words(r12, r14),
    columns + 64,
    flip,
  );
}

/** @param a four columns of rows 0..3, row after row of a column; b, c, d those below */
function four_columns(a: v128, b: v128, c: v128, d: v128, columns: usize, flip: v128): void {
  const upper = low_pairs(a, b);
  const lower = low_pairs(c, d);
  v128.store(columns, v128.xor(low_halves(upper, lower), flip));
  v128.store(columns, v128.xor(high_halves(upper, lower), flip), 16);
  const upper2 = high_pairs(a, b);
  const lower2 = high_pairs(c, d);
  v128.store(columns, v128.xor(low_halves(upper2, lower2), flip), 32);
  v128.store(columns, v128.xor(high_halves(upper2, lower2), flip), 48);
}

/** 8 columns of 8 rows of i16. @param columns [8][16], the first or last 8 of which are written */
function transpose_words(p: usize, stride: usize, columns: usize): void {
  const r0 = v128.load(p);
  p += stride;
  const r1 = v128.load(p);
  p += stride;
  const r2 = v128.load(p);
  p += stride;
  const r3 = v128.load(p);
  p += stride;
  const r4 = v128.load(p);
  p += stride;
  const r5 = v128.load(p);
  p += stride;
  const r6 = v128.load(p);
  const r7 = v128.load(p + stride);
  four_word_columns(
    low_words(r0, r1),
    low_words(r2, r3),
    low_words(r4, r5),
    low_words(r6, r7),
    columns,
  );
  four_word_columns(
    high_words(r0, r1),
    high_words(r2, r3),
    high_words(r4, r5),
    high_words(r6, r7),
    columns + 128,
  );
}

/** @param a four columns of rows 0 and 1; b, c, d those below */
function four_word_columns(a: v128, b: v128, c: v128, d: v128, columns: usize): void {
  const upper = low_pairs(a, b);
  const lower = low_pairs(c, d);
  v128.store(columns, low_halves(upper, lower));
  v128.store(columns, high_halves(upper, lower), 32);
  const upper2 = high_pairs(a, b);
  const lower2 = high_pairs(c, d);
  v128.store(columns, low_halves(upper2, lower2), 64);
  v128.store(columns, high_halves(upper2, lower2), 96);
}

/** One column of 8 rows of i16. */
function column_words(p: usize, stride: usize): v128 {
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
function column_bytes(p: usize, stride: usize): v128 {
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
