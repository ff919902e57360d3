// Runs a program over many rows: entry of the SIMD build. The plan is laid out by
// host/runtime/batch-layout.ts.
import {
  CHUNK,
  maddness_accumulate__simd,
  maddness_encode_bytes__simd,
  maddness_encode_columns__simd,
} from "./ops/maddness.simd";

export { maddness_accumulate__simd, maddness_encode_bytes__simd };

/** Step of a plan, u32 each: encoders, codebooks, tables, pairs, outputs, output stage or 0. */
const STEP_BYTES: usize = 24;

/** First byte of linear memory that no static data uses. */
export function batch_heap_base(): usize {
  return __heap_base;
}

/**
 * @param steps plan [count]
 * @param kind of x: 0 u8, 1 i8, 2 i16
 * @param x [rows][D] row by row; up to a chunk of rows behind it is read
 * @param first and second [largest width][CHUNK] i16 each, scratch
 * @param columns u8[D + 16][16] scratch
 * @param codes [largest C][CHUNK] scratch
 * @param out [rows][M] i16 row by row, out
 */
export function batch_run(
  steps: usize,
  count: i32,
  kind: i32,
  x: usize,
  D: usize,
  rows: usize,
  first: usize,
  second: usize,
  columns: usize,
  codes: usize,
  out: usize,
): void {
  const rowBytes = kind === 2 ? D << 1 : D;
  for (let row: usize = 0; row < rows; row += CHUNK) {
    const here = min(CHUNK, rows - row);
    const padded = (here + 31) & ~31;
    const input = x + row * rowBytes;
    let from = first;
    let to = second;
    if (kind === 2) toColumns(input, D, here, from);
    let M: usize = 0;
    for (let i = 0; i < count; i++) {
      const step = steps + <usize>i * STEP_BYTES;
      const encoders = <usize>load<u32>(step);
      const C = <usize>load<u32>(step, 4);
      M = <usize>load<u32>(step, 16);
      if (i === 0 && kind !== 2) {
        maddness_encode_bytes__simd(encoders, C, input, D, kind << 7, padded, columns, codes);
      } else {
        maddness_encode_columns__simd(encoders, C, from, padded, codes);
      }
      const tables = <usize>load<u32>(step, 8);
      maddness_accumulate__simd(codes, C, tables, <usize>load<u32>(step, 12), padded, to);
      const stage = <usize>load<u32>(step, 20);
      if (stage) outputStage(stage, to, M, padded);
      const free = from;
      from = to;
      to = free;
    }
    toRows(from, M, here, out + ((row * M) << 1));
  }
}

/** i16 [rows][D] → [D][CHUNK]. */
function toColumns(x: usize, D: usize, rows: usize, to: usize): void {
  for (let r: usize = 0; r < rows; r++) {
    for (let d: usize = 0; d < D; d++) {
      store<i16>(to + ((d * CHUNK + r) << 1), load<i16>(x + ((r * D + d) << 1)));
    }
  }
}

/**
 * y = sat16((y + bias + round) >> shift) of every column.
 * @param stage [M] of i32 bias + round, i32 shift
 * @param y [M][CHUNK] i16, in and out
 */
function outputStage(stage: usize, y: usize, M: usize, rows: usize): void {
  for (let m: usize = 0; m < M; m++) {
    const bias = v128.load32_splat(stage);
    const shift = load<i32>(stage, 4);
    for (let r: usize = 0; r < rows << 1; r += 16) {
      const v = v128.load(y + r);
      const low = i32x4.shr_s(i32x4.add(i32x4.extend_low_i16x8_s(v), bias), shift);
      const high = i32x4.shr_s(i32x4.add(i32x4.extend_high_i16x8_s(v), bias), shift);
      v128.store(y + r, i16x8.narrow_i32x4_s(low, high));
    }
    stage += 8;
    y += CHUNK << 1;
  }
}

/** i16 [M][CHUNK] → [rows][M]: blocks of 8 × 8 in registers, what is left one by one. */
function toRows(y: usize, M: usize, rows: usize, to: usize): void {
  const wholeM = M & ~7;
  const wholeRows = rows & ~7;
  for (let m: usize = 0; m < wholeM; m += 8) {
    for (let r: usize = 0; r < wholeRows; r += 8) {
      transpose(y + ((m * CHUNK + r) << 1), to + ((r * M + m) << 1), M << 1);
    }
  }
  for (let r: usize = 0; r < rows; r++) {
    for (let m: usize = r < wholeRows ? wholeM : 0; m < M; m++) {
      store<i16>(to + ((r * M + m) << 1), load<i16>(y + ((m * CHUNK + r) << 1)));
    }
  }
}

function transpose(y: usize, to: usize, stride: usize): void {
  const S: usize = CHUNK << 1;
  const a0 = v128.load(y);
  const a1 = v128.load(y + S);
  const a2 = v128.load(y + 2 * S);
  const a3 = v128.load(y + 3 * S);
  const a4 = v128.load(y + 4 * S);
  const a5 = v128.load(y + 5 * S);
  const a6 = v128.load(y + 6 * S);
  const a7 = v128.load(y + 7 * S);
  const b0 = v128.shuffle<i16>(a0, a1, 0, 8, 1, 9, 2, 10, 3, 11);
  const b1 = v128.shuffle<i16>(a0, a1, 4, 12, 5, 13, 6, 14, 7, 15);
  const b2 = v128.shuffle<i16>(a2, a3, 0, 8, 1, 9, 2, 10, 3, 11);
  const b3 = v128.shuffle<i16>(a2, a3, 4, 12, 5, 13, 6, 14, 7, 15);
  const b4 = v128.shuffle<i16>(a4, a5, 0, 8, 1, 9, 2, 10, 3, 11);
  const b5 = v128.shuffle<i16>(a4, a5, 4, 12, 5, 13, 6, 14, 7, 15);
  const b6 = v128.shuffle<i16>(a6, a7, 0, 8, 1, 9, 2, 10, 3, 11);
  const b7 = v128.shuffle<i16>(a6, a7, 4, 12, 5, 13, 6, 14, 7, 15);
  const c0 = v128.shuffle<i32>(b0, b2, 0, 4, 1, 5);
  const c1 = v128.shuffle<i32>(b0, b2, 2, 6, 3, 7);
  const c2 = v128.shuffle<i32>(b1, b3, 0, 4, 1, 5);
  const c3 = v128.shuffle<i32>(b1, b3, 2, 6, 3, 7);
  const c4 = v128.shuffle<i32>(b4, b6, 0, 4, 1, 5);
  const c5 = v128.shuffle<i32>(b4, b6, 2, 6, 3, 7);
  const c6 = v128.shuffle<i32>(b5, b7, 0, 4, 1, 5);
  const c7 = v128.shuffle<i32>(b5, b7, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(c0, c4, 0, 2));
  v128.store(to + stride, v128.shuffle<i64>(c0, c4, 1, 3));
  v128.store(to + 2 * stride, v128.shuffle<i64>(c1, c5, 0, 2));
  v128.store(to + 3 * stride, v128.shuffle<i64>(c1, c5, 1, 3));
  v128.store(to + 4 * stride, v128.shuffle<i64>(c2, c6, 0, 2));
  v128.store(to + 5 * stride, v128.shuffle<i64>(c2, c6, 1, 3));
  v128.store(to + 6 * stride, v128.shuffle<i64>(c3, c7, 0, 2));
  v128.store(to + 7 * stride, v128.shuffle<i64>(c3, c7, 1, 3));
}
