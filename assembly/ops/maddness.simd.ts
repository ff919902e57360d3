// MADDNESS for batches of rows: host/reference/maddness.ts is the definition.
import { OUTPUT_GROUP4 } from "../generated/spec";
import { ROWS, trees_encode__simd128 } from "../trees.simd";
import { look_up__simd128, tile_row } from "./look_up.simd";

const EXCESS: i8 = -128;

/** Entries of one table row, 8 or 16 of them from column m on, as unsigned bytes. */
function entries_8bit(row: usize, m: u32): v128 {
  return v128.xor(v128.load(row + m), i8x16.splat(EXCESS));
}

/** The same for entries of 4 bits, two a byte. */
function entries_4bit(row: usize, m: u32): v128 {
  const pairs = v128.load64_zero(row + (m >> 1));
  const lower = v128.and(pairs, i8x16.splat(0x0f));
  const upper = v128.and(i16x8.shr_u(pairs, 4), i8x16.splat(0x0f));
  const nibbles = i8x16.shuffle(
    lower,
    upper,
    0,
    16,
    1,
    17,
    2,
    18,
    3,
    19,
    4,
    20,
    5,
    21,
    6,
    22,
    7,
    23,
  );
  return i8x16.add(v128.xor(nibbles, i8x16.splat(8)), i8x16.splat(120));
}

/** Fills the tiles with up to 16 codebooks' entries of outputs m..; codebooks that do not exist add 0. */
function fill_tiles(
  tables: usize,
  rowBytes: usize,
  nibbles: bool,
  codebooks: u32,
  m: u32,
  tiles: u32,
): void {
  for (let c: u32 = 0; c < 16; c++) {
    for (let k: u32 = 0; k < 16; k++, tables += rowBytes) {
      for (let t: u32 = 0; t < tiles; t++) {
        let entries = i8x16.splat(EXCESS);
        if (c < codebooks) {
          const from = m + (t << 4);
          entries = nibbles ? entries_4bit(tables, from) : entries_8bit(tables, from);
        }
        v128.store(tile_row(t, c, k), entries);
      }
    }
  }
}

function accumulate(
  parameters: usize,
  tables: usize,
  rowBytes: usize,
  nibbles: bool,
  x: usize,
  type: i32,
  stride: usize,
  rows: u32,
  codebooks: u32,
  outputs16: u32,
  bias: usize,
  y: usize,
  codes: usize,
  add: usize,
): void {
  trees_encode__simd128(parameters, codebooks, x, type, stride, rows, codes);
  const groups = (codebooks + 15) >>> 4;
  const excess = i16x8.splat(<i16>(groups << 11));
  for (let m: u32 = 0; m < outputs16; m += 8) {
    const at = (<usize>m) << 1;
    v128.store(add + at, i16x8.sub(v128.load(bias + at), excess));
  }
  const yStride = (<usize>outputs16) << 1;
  for (let m: u32 = 0; m < outputs16; m += 32) {
    const tiles: u32 = outputs16 - m >= 32 ? 2 : 1;
    const out = y + ((<usize>m) << 1);
    for (let g: u32 = 0; g < groups; g++) {
      const c = g << 4;
      fill_tiles(tables + ((<usize>c * rowBytes) << 4), rowBytes, nibbles, codebooks - c, m, tiles);
      const from = g ? out : add + ((<usize>m) << 1);
      look_up__simd128(tiles, codes + <usize>(c * ROWS), from, g ? yStride : 0, out, yStride, rows);
    }
  }
}

/**
 * Sums of one layer for up to ROWS rows: y[r][m] = bias[m] + Σ_c T[c][code_c(r)][m], modulo 2^16.
 * @param parameters C encoder records
 * @param tables i8 [C][16][M8]; up to 24 bytes behind them are read, too
 * @param x [rows][stride bytes] of input type `type`, readable up to a multiple of 16 rows
 * @param rows 0..ROWS
 * @param outputs8 M8
 * @param bias i16 [M16], M rounded up to 16
 * @param y i16 [rows][M16], written; columns M.. hold anything
 * @param codes scratch, u8 [C16][ROWS]; multiples of 16 (0 at first, then what this function leaves there)
 * @param add scratch, i16 [M16]
 */
export function maddness_accumulate__simd128(
  parameters: usize,
  tables: usize,
  x: usize,
  type: i32,
  stride: usize,
  rows: u32,
  codebooks: u32,
  outputs8: u32,
  bias: usize,
  y: usize,
  codes: usize,
  add: usize,
): void {
  accumulate(
    parameters,
    tables,
    outputs8,
    false,
    x,
    type,
    stride,
    rows,
    codebooks,
    pad(outputs8),
    bias,
    y,
    codes,
    add,
  );
}

/** The same for entries of 4 bits. @param tables [C][16][M16/2] */
export function maddness4_accumulate__simd128(
  parameters: usize,
  tables: usize,
  x: usize,
  type: i32,
  stride: usize,
  rows: u32,
  codebooks: u32,
  outputs8: u32,
  bias: usize,
  y: usize,
  codes: usize,
  add: usize,
): void {
  const outputs16 = pad(outputs8);
  accumulate(
    parameters,
    tables,
    outputs16 >>> 1,
    true,
    x,
    type,
    stride,
    rows,
    codebooks,
    outputs16,
    bias,
    y,
    codes,
    add,
  );
}

function pad(outputs8: u32): u32 {
  return (outputs8 + (OUTPUT_GROUP4 - 1)) & -OUTPUT_GROUP4;
}
