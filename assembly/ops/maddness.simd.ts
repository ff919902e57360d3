// MADDNESS for many rows at once, 128 bits wide: host/reference/maddness.ts is the definition.
// Tables and encoders are laid out anew for it by host/runtime/batch-layout.ts.

/** Rows that go through all steps together, so that codes and activations stay in the cache. */
export const CHUNK: usize = 128;

/** A 16-entry look-up for 16 rows; indices are 0..15, so the relaxed one is exact as well. */
function swizzle(table: v128, index: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i8x16.relaxed_swizzle(table, index);
  return i8x16.swizzle(table, index);
}

/** One byte of each of 16 rows. */
function column(x: usize, stride: usize): v128 {
  let v = v128.load8_splat(x);
  x += stride;
  v = v128.load_lane<u8>(x, v, 1);
  x += stride;
  v = v128.load_lane<u8>(x, v, 2);
  x += stride;
  v = v128.load_lane<u8>(x, v, 3);
  x += stride;
  v = v128.load_lane<u8>(x, v, 4);
  x += stride;
  v = v128.load_lane<u8>(x, v, 5);
  x += stride;
  v = v128.load_lane<u8>(x, v, 6);
  x += stride;
  v = v128.load_lane<u8>(x, v, 7);
  x += stride;
  v = v128.load_lane<u8>(x, v, 8);
  x += stride;
  v = v128.load_lane<u8>(x, v, 9);
  x += stride;
  v = v128.load_lane<u8>(x, v, 10);
  x += stride;
  v = v128.load_lane<u8>(x, v, 11);
  x += stride;
  v = v128.load_lane<u8>(x, v, 12);
  x += stride;
  v = v128.load_lane<u8>(x, v, 13);
  x += stride;
  v = v128.load_lane<u8>(x, v, 14);
  return v128.load_lane<u8>(x + stride, v, 15);
}

/** Two of the four rounds that transpose 16 vectors of 16 bytes: vectors i and i + 8 interleave. */
function interleave(from: usize, stride: usize, to: usize): void {
  for (let i: usize = 0; i < 4; i++) {
    const a = v128.load(from);
    const b = v128.load(from + 4 * stride);
    const c = v128.load(from + 8 * stride);
    const d = v128.load(from + 12 * stride);
    const ac = low(a, c);
    const bd = low(b, d);
    v128.store(to, low(ac, bd));
    v128.store(to, high(ac, bd), 16);
    const AC = high(a, c);
    const BD = high(b, d);
    v128.store(to, low(AC, BD), 32);
    v128.store(to, high(AC, BD), 48);
    from += stride;
    to += 64;
  }
}

function low(a: v128, b: v128): v128 {
  return v128.shuffle<u8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

function high(a: v128, b: v128): v128 {
  return v128.shuffle<u8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/**
 * Bytes of 16 rows as columns.
 * @param x [16][D]
 * @param D at least 16; the last block may overlap the one before
 * @param columns [D][16], out, and 256 bytes of scratch behind it
 */
function transpose(x: usize, D: usize, columns: usize): void {
  const scratch = columns + (D << 4);
  for (let d: usize = 0; d < D; d += 16) {
    const at = min(d, D - 16);
    interleave(x + at, D, scratch);
    interleave(scratch, 16, columns + (at << 4));
  }
}

/** A tree's four comparisons for 16 rows. @param x0..x3 the compared columns @param e encoder */
function walk(x0: v128, x1: v128, x2: v128, x3: v128, e: usize): v128 {
  // A comparison that holds is -1 in its lane.
  let node = i8x16.neg(i8x16.ge_u(x0, v128.load(e, 16)));
  let bit = i8x16.ge_u(x1, swizzle(v128.load(e, 32), node));
  node = i8x16.sub(i8x16.add(node, node), bit);
  bit = i8x16.ge_u(x2, swizzle(v128.load(e, 48), node));
  node = i8x16.sub(i8x16.add(node, node), bit);
  bit = i8x16.ge_u(x3, swizzle(v128.load(e, 64), node));
  return i8x16.sub(i8x16.add(node, node), bit);
}

/**
 * Codes of byte inputs, 16 rows at a time: thresholds of a level lie in one vector, which the partial
 * code indexes. Where trees compare many of the columns, all are transposed first; where few, their
 * bytes are gathered.
 * @param encoders [C] of u32 splitDim[4], then per level u8[16] thresholds in unsigned order
 * @param x [rows][D] u8, or i8 with `flip`
 * @param flip 0x80 for i8: makes their order unsigned
 * @param rows a multiple of 32, at most CHUNK; what lies behind x is read
 * @param columns u8[D + 16][16] scratch
 * @param codes [rows / 32][C][32], out
 */
export function maddness_encode_bytes__simd(
  encoders: usize,
  C: usize,
  x: usize,
  D: usize,
  flip: i32,
  rows: usize,
  columns: usize,
  codes: usize,
): void {
  const order = i8x16.splat(<i8>flip);
  const gathered = D < 16 || C * 16 < D;
  for (let row: usize = 0; row < rows; row += 16) {
    let to = codes + (row >> 5) * (C << 5) + (row & 16);
    const from = x + row * D;
    if (!gathered) transpose(from, D, columns);
    for (let e = encoders; e < encoders + C * 80; e += 80) {
      const d0 = <usize>load<u32>(e);
      const d1 = <usize>load<u32>(e, 4);
      const d2 = <usize>load<u32>(e, 8);
      const d3 = <usize>load<u32>(e, 12);
      let node: v128;
      if (gathered) {
        node = walk(
          v128.xor(column(from + d0, D), order),
          v128.xor(column(from + d1, D), order),
          v128.xor(column(from + d2, D), order),
          v128.xor(column(from + d3, D), order),
          e,
        );
      } else {
        node = walk(
          v128.xor(v128.load(columns + (d0 << 4)), order),
          v128.xor(v128.load(columns + (d1 << 4)), order),
          v128.xor(v128.load(columns + (d2 << 4)), order),
          v128.xor(v128.load(columns + (d3 << 4)), order),
          e,
        );
      }
      v128.store(to, node);
      to += 32;
    }
  }
}

/** Decisions of one level for 8 rows. @param x i16[8] of the column @param thresholds i16[8] */
function go(node: v128, x: usize, thresholds: usize): v128 {
  // Node n's threshold is at bytes 2n and 2n + 1.
  const low = i16x8.shl(node, 1);
  const bytes = v128.or(v128.or(low, i16x8.shl(low, 8)), i16x8.splat(0x100));
  const bit = i16x8.ge_s(v128.load(x), swizzle(v128.load(thresholds), bytes));
  return i16x8.sub(i16x8.shl(node, 1), bit);
}

/**
 * Codes of i16 inputs that lie in columns.
 * @param encoders [C] of u32 splitDim[4], then per level i16[8] thresholds
 * @param x [D][CHUNK] i16
 * @param rows a multiple of 32, at most CHUNK
 * @param codes [rows / 32][C][32], out
 */
export function maddness_encode_columns__simd(
  encoders: usize,
  C: usize,
  x: usize,
  rows: usize,
  codes: usize,
): void {
  for (let row: usize = 0; row < rows; row += 16) {
    let to = codes + (row >> 5) * (C << 5) + (row & 16);
    const from = x + (row << 1);
    let e = encoders;
    for (let c: usize = 0; c < C; c++) {
      let a = i16x8.splat(0);
      let b = a;
      for (let level: usize = 0; level < 4; level++) {
        const at = from + <usize>load<u32>(e + (level << 2)) * (CHUNK << 1);
        const thresholds = e + (level << 4) + 16;
        a = go(a, at, thresholds);
        b = go(b, at + 16, thresholds);
      }
      v128.store(to, i8x16.narrow_i16x8_u(a, b));
      to += 32;
      e += 80;
    }
  }
}

/** Sums of 16 rows from the sum of 16-bit words and that of their high bytes, in row order. */
function write(words: v128, high: v128, centre: v128, to: usize): void {
  const even = i16x8.add(i16x8.sub(words, i16x8.shl(high, 8)), centre);
  const odd = i16x8.add(high, centre);
  v128.store(to, v128.shuffle<i16>(even, odd, 0, 8, 1, 9, 2, 10, 3, 11));
  v128.store(to, v128.shuffle<i16>(even, odd, 4, 12, 5, 13, 6, 14, 7, 15), 16);
}

/**
 * Adds table entries, two outputs for 32 rows at a time. Entries are bytes e + 128. A register holds 16
 * of them as 8 words; the sum of the words and the sum of their high bytes tell the sums of both bytes,
 * exactly while 255·C < 65,536, and such sums less 128·C fit in i16.
 * @param codes [rows / 32][C][32]
 * @param C at most 256
 * @param tables [pairs][C][2][16] u8
 * @param pairs of outputs
 * @param out [2·pairs][CHUNK] i16, out
 */
export function maddness_accumulate__simd(
  codes: usize,
  C: usize,
  tables: usize,
  pairs: usize,
  rows: usize,
  out: usize,
): void {
  const bytes = C << 5;
  const centre = i16x8.splat(<i16>(-128 * <i32>C));
  for (let pair: usize = 0; pair < pairs; pair++) {
    let block = codes;
    for (let row: usize = 0; row < rows; row += 32) {
      let wa0 = i16x8.splat(0);
      let ha0 = wa0;
      let wb0 = wa0;
      let hb0 = wa0;
      let wa1 = wa0;
      let ha1 = wa0;
      let wb1 = wa0;
      let hb1 = wa0;
      for (let c: usize = 0; c < bytes; c += 32) {
        const k0 = v128.load(block + c);
        const k1 = v128.load(block + c, 16);
        const a = v128.load(tables + c);
        const b = v128.load(tables + c, 16);
        let v = swizzle(a, k0);
        wa0 = i16x8.add(wa0, v);
        ha0 = i16x8.add(ha0, i16x8.shr_u(v, 8));
        v = swizzle(a, k1);
        wa1 = i16x8.add(wa1, v);
        ha1 = i16x8.add(ha1, i16x8.shr_u(v, 8));
        v = swizzle(b, k0);
        wb0 = i16x8.add(wb0, v);
        hb0 = i16x8.add(hb0, i16x8.shr_u(v, 8));
        v = swizzle(b, k1);
        wb1 = i16x8.add(wb1, v);
        hb1 = i16x8.add(hb1, i16x8.shr_u(v, 8));
      }
      const to = out + (row << 1);
      write(wa0, ha0, centre, to);
      write(wa1, ha1, centre, to + 32);
      write(wb0, hb0, centre, to + (CHUNK << 1));
      write(wb1, hb1, centre, to + (CHUNK << 1) + 32);
      block += bytes;
    }
    tables += bytes;
    out += CHUNK << 2;
  }
}
