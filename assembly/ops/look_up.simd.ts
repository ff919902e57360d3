/*
 * Exact sums of table rows, 16 codebooks at a time, 16 outputs a vector.
 *
 * A row of a table is 16 bytes for 16 outputs, so a look-up is one load at the address the code gives. Swizzling
 * tables by the codes of 16 rows looks up as many, but takes an instruction more, two without relaxed SIMD, and
 * leaves outputs in columns: 1.4 and 1.8 times as slow when measured (docs/batch.md).
 *
 * Entries e are made unsigned, e + 128. Of their sum S only the lower byte is summed. The rest comes from
 * the rounding mean, a balanced tree of `avgr_u`: every level rounds up by at most a half of its unit, so
 * 16 means = S + d with 0 <= d <= 32. Then mean - floor(low / 16) = 16 high + (d + low mod 16) / 16, whose
 * last term is below 3: high = (mean - (low >> 4)) >> 4, exactly. That is two operations a look-up, and
 * three if bytes were widened.
 */
import { ROWS } from "../trees.simd";

/** Two tiles, at the start of memory: u8 [16 codebooks][16 codes][16 outputs] each. */
export const TILE_BYTES: usize = 4096;
/** End of the tiles. */
export const TILES_END: usize = 8192;
/** Offset of the last of 16 rows. No code exceeds it: see `look_up_32`. */
const LAST_ROW: usize = 240;
/** Where nothing is ever stored. */
const NEVER: usize = 0;

function low_four(a: v128, b: v128, c: v128, d: v128): v128 {
  return i8x16.add(i8x16.add(a, b), i8x16.add(c, d));
}

function mean_four(a: v128, b: v128, c: v128, d: v128): v128 {
  return i8x16.avgr_u(i8x16.avgr_u(a, b), i8x16.avgr_u(c, d));
}

function shift_right_4(bytes: v128): v128 {
  return v128.and(i16x8.shr_u(bytes, 4), i8x16.splat(0x0f));
}

function high_bytes(low: v128, mean: v128): v128 {
  return shift_right_4(i8x16.sub(mean, shift_right_4(low)));
}

function low_words(low: v128, high: v128): v128 {
  return i8x16.shuffle(low, high, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

function high_words(low: v128, high: v128): v128 {
  return i8x16.shuffle(low, high, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/**
 * Adds the rows of 16 codebooks: y[r][m] = add[r][m] + Σ entries, modulo 2^16.
 * @param codes u8 [16][ROWS], 16 times the code
 * @param add i16 [rows][16 * tiles], addStride bytes a row (0: one row for all); may be y
 * @param y i16 [rows][16 * tiles], yStride bytes a row
 * @param tiles 1 or 2
 */
export function look_up__simd128(
  tiles: u32,
  codes: usize,
  add: usize,
  addStride: usize,
  y: usize,
  yStride: usize,
  rows: u32,
): void {
  if (tiles > 1) look_up_32(codes, add, addStride, y, yStride, rows);
  else look_up_16(codes, add, addStride, y, yStride, rows);
}

/*
 * The branches below are never taken. V8 sinks sums behind all loads of a straight line of code, and spills what
 * it loaded; at a branch that would store the sums, it must have them: 43 instead of 22 × 10^9 look-ups a second.
 */
/** 16 codebooks × 32 outputs, from both tiles. */
function look_up_32(
  codes: usize,
  add: usize,
  addStride: usize,
  y: usize,
  yStride: usize,
  rows: u32,
): void {
  for (; rows; rows--, codes++, add += addStride, y += yStride) {
    const r0 = <usize>load<u8>(codes, 0);
    const r1 = <usize>load<u8>(codes, 1 * ROWS);
    const r2 = <usize>load<u8>(codes, 2 * ROWS);
    const r3 = <usize>load<u8>(codes, 3 * ROWS);
    const a0 = v128.load(r0, 0 * 256);
    const a1 = v128.load(r1, 1 * 256);
    const a2 = v128.load(r2, 2 * 256);
    const a3 = v128.load(r3, 3 * 256);
    let aLow = low_four(a0, a1, a2, a3);
    let aMean = mean_four(a0, a1, a2, a3);
    const b0 = v128.load(r0, TILE_BYTES + 0 * 256);
    const b1 = v128.load(r1, TILE_BYTES + 1 * 256);
    const b2 = v128.load(r2, TILE_BYTES + 2 * 256);
    const b3 = v128.load(r3, TILE_BYTES + 3 * 256);
    let bLow = low_four(b0, b1, b2, b3);
    let bMean = mean_four(b0, b1, b2, b3);
    if (r0 > LAST_ROW) {
      v128.store(NEVER, aLow);
      v128.store(NEVER, aMean);
      v128.store(NEVER, bLow);
      v128.store(NEVER, bMean);
    }
    const r4 = <usize>load<u8>(codes, 4 * ROWS);
    const r5 = <usize>load<u8>(codes, 5 * ROWS);
    const r6 = <usize>load<u8>(codes, 6 * ROWS);
    const r7 = <usize>load<u8>(codes, 7 * ROWS);
    const a4 = v128.load(r4, 4 * 256);
    const a5 = v128.load(r5, 5 * 256);
    const a6 = v128.load(r6, 6 * 256);
    const a7 = v128.load(r7, 7 * 256);
    aLow = i8x16.add(aLow, low_four(a4, a5, a6, a7));
    aMean = i8x16.avgr_u(aMean, mean_four(a4, a5, a6, a7));
    const b4 = v128.load(r4, TILE_BYTES + 4 * 256);
    const b5 = v128.load(r5, TILE_BYTES + 5 * 256);
    const b6 = v128.load(r6, TILE_BYTES + 6 * 256);
    const b7 = v128.load(r7, TILE_BYTES + 7 * 256);
    bLow = i8x16.add(bLow, low_four(b4, b5, b6, b7));
    bMean = i8x16.avgr_u(bMean, mean_four(b4, b5, b6, b7));
    if (r4 > LAST_ROW) {
      v128.store(NEVER, aLow);
      v128.store(NEVER, aMean);
      v128.store(NEVER, bLow);
      v128.store(NEVER, bMean);
    }
    const r8 = <usize>load<u8>(codes, 8 * ROWS);
    const r9 = <usize>load<u8>(codes, 9 * ROWS);
    const r10 = <usize>load<u8>(codes, 10 * ROWS);
    const r11 = <usize>load<u8>(codes, 11 * ROWS);
    const a8 = v128.load(r8, 8 * 256);
    const a9 = v128.load(r9, 9 * 256);
    const a10 = v128.load(r10, 10 * 256);
    const a11 = v128.load(r11, 11 * 256);
    aLow = i8x16.add(aLow, low_four(a8, a9, a10, a11));
    let aThird = mean_four(a8, a9, a10, a11);
    const b8 = v128.load(r8, TILE_BYTES + 8 * 256);
    const b9 = v128.load(r9, TILE_BYTES + 9 * 256);
    const b10 = v128.load(r10, TILE_BYTES + 10 * 256);
    const b11 = v128.load(r11, TILE_BYTES + 11 * 256);
    bLow = i8x16.add(bLow, low_four(b8, b9, b10, b11));
    let bThird = mean_four(b8, b9, b10, b11);
    if (r8 > LAST_ROW) {
      v128.store(NEVER, aLow);
      v128.store(NEVER, aMean);
      v128.store(NEVER, aThird);
      v128.store(NEVER, bLow);
      v128.store(NEVER, bMean);
      v128.store(NEVER, bThird);
    }
    const r12 = <usize>load<u8>(codes, 12 * ROWS);
    const r13 = <usize>load<u8>(codes, 13 * ROWS);
    const r14 = <usize>load<u8>(codes, 14 * ROWS);
    const r15 = <usize>load<u8>(codes, 15 * ROWS);
    const a12 = v128.load(r12, 12 * 256);
    const a13 = v128.load(r13, 13 * 256);
    const a14 = v128.load(r14, 14 * 256);
    const a15 = v128.load(r15, 15 * 256);
    aLow = i8x16.add(aLow, low_four(a12, a13, a14, a15));
    aThird = i8x16.avgr_u(aThird, mean_four(a12, a13, a14, a15));
    aMean = i8x16.avgr_u(aMean, aThird);
    const b12 = v128.load(r12, TILE_BYTES + 12 * 256);
    const b13 = v128.load(r13, TILE_BYTES + 13 * 256);
    const b14 = v128.load(r14, TILE_BYTES + 14 * 256);
    const b15 = v128.load(r15, TILE_BYTES + 15 * 256);
    bLow = i8x16.add(bLow, low_four(b12, b13, b14, b15));
    bThird = i8x16.avgr_u(bThird, mean_four(b12, b13, b14, b15));
    bMean = i8x16.avgr_u(bMean, bThird);
    const aHigh = high_bytes(aLow, aMean);
    const aAdd0 = v128.load(add);
    const aAdd1 = v128.load(add, 16);
    v128.store(y, i16x8.add(aAdd0, low_words(aLow, aHigh)));
    v128.store(y, i16x8.add(aAdd1, high_words(aLow, aHigh)), 16);
    const bHigh = high_bytes(bLow, bMean);
    const bAdd0 = v128.load(add, 32);
    const bAdd1 = v128.load(add, 48);
    v128.store(y, i16x8.add(bAdd0, low_words(bLow, bHigh)), 32);
    v128.store(y, i16x8.add(bAdd1, high_words(bLow, bHigh)), 48);
  }
}

/** 16 codebooks × 16 outputs, from the first tile. */
function look_up_16(
  codes: usize,
  add: usize,
  addStride: usize,
  y: usize,
  yStride: usize,
  rows: u32,
): void {
  for (; rows; rows--, codes++, add += addStride, y += yStride) {
    const r0 = <usize>load<u8>(codes, 0);
    const r1 = <usize>load<u8>(codes, 1 * ROWS);
    const r2 = <usize>load<u8>(codes, 2 * ROWS);
    const r3 = <usize>load<u8>(codes, 3 * ROWS);
    const a0 = v128.load(r0, 0 * 256);
    const a1 = v128.load(r1, 1 * 256);
    const a2 = v128.load(r2, 2 * 256);
    const a3 = v128.load(r3, 3 * 256);
    let aLow = low_four(a0, a1, a2, a3);
    let aMean = mean_four(a0, a1, a2, a3);
    if (r0 > LAST_ROW) {
      v128.store(NEVER, aLow);
      v128.store(NEVER, aMean);
    }
    const r4 = <usize>load<u8>(codes, 4 * ROWS);
    const r5 = <usize>load<u8>(codes, 5 * ROWS);
    const r6 = <usize>load<u8>(codes, 6 * ROWS);
    const r7 = <usize>load<u8>(codes, 7 * ROWS);
    const a4 = v128.load(r4, 4 * 256);
    const a5 = v128.load(r5, 5 * 256);
    const a6 = v128.load(r6, 6 * 256);
    const a7 = v128.load(r7, 7 * 256);
    aLow = i8x16.add(aLow, low_four(a4, a5, a6, a7));
    aMean = i8x16.avgr_u(aMean, mean_four(a4, a5, a6, a7));
    if (r4 > LAST_ROW) {
      v128.store(NEVER, aLow);
      v128.store(NEVER, aMean);
    }
    const r8 = <usize>load<u8>(codes, 8 * ROWS);
    const r9 = <usize>load<u8>(codes, 9 * ROWS);
    const r10 = <usize>load<u8>(codes, 10 * ROWS);
    const r11 = <usize>load<u8>(codes, 11 * ROWS);
    const a8 = v128.load(r8, 8 * 256);
    const a9 = v128.load(r9, 9 * 256);
    const a10 = v128.load(r10, 10 * 256);
    const a11 = v128.load(r11, 11 * 256);
    aLow = i8x16.add(aLow, low_four(a8, a9, a10, a11));
    let aThird = mean_four(a8, a9, a10, a11);
    if (r8 > LAST_ROW) {
      v128.store(NEVER, aLow);
      v128.store(NEVER, aMean);
      v128.store(NEVER, aThird);
    }
    const r12 = <usize>load<u8>(codes, 12 * ROWS);
    const r13 = <usize>load<u8>(codes, 13 * ROWS);
    const r14 = <usize>load<u8>(codes, 14 * ROWS);
    const r15 = <usize>load<u8>(codes, 15 * ROWS);
    const a12 = v128.load(r12, 12 * 256);
    const a13 = v128.load(r13, 13 * 256);
    const a14 = v128.load(r14, 14 * 256);
    const a15 = v128.load(r15, 15 * 256);
    aLow = i8x16.add(aLow, low_four(a12, a13, a14, a15));
    aThird = i8x16.avgr_u(aThird, mean_four(a12, a13, a14, a15));
    aMean = i8x16.avgr_u(aMean, aThird);
    const aHigh = high_bytes(aLow, aMean);
    const aAdd0 = v128.load(add);
    const aAdd1 = v128.load(add, 16);
    v128.store(y, i16x8.add(aAdd0, low_words(aLow, aHigh)));
    v128.store(y, i16x8.add(aAdd1, high_words(aLow, aHigh)), 16);
  }
}
