/*
 * Sums of tables for batches of rows: host/reference/maddness.ts is the definition. The host lays tables out in
 * tiles of unsigned bytes, whatever their entries' width, so this serves maddness4, too.
 */
import { ROWS, read_ahead } from "../trees.simd";
import { look_up__simd128, TILE_BYTES, TILES_END } from "./look_up.simd";

/** Sums of the groups of codebooks so far: i16 [ROWS][32]. */
const SUMS: usize = TILES_END;
const SUMS_STRIDE: usize = 64;
/** Memory from here on is the host's to plan. */
export const SCRATCH_END: usize = SUMS + <usize>ROWS * SUMS_STRIDE;

/**
 * Sums over `count` groups of 16 codebooks from group `first` on, for up to ROWS rows:
 * y[r][m] = bias[m] + Σ_c T[c][code_c(r)][m], modulo 2^16.
 * @param tables u8 [ceil(M / 32)][groups][2 or, for the last M % 32 <= 16 outputs, 1][16 codebooks][16][16]:
 *   entries + 128; what pads them is 128
 * @param groups of 16 codebooks the layer has
 * @param count 1..16, or more if no sum leaves i16
 * @param outputs M
 * @param bias i16 [M16], M rounded up to 16
 * @param rows 0..ROWS
 * @param y i16 [rows][M], written, and up to 30 bytes behind it
 * @param codes u8 [16 * groups][ROWS]: trees_encode__simd128; rows C.. hold any it has left there, or 0
 * @param add scratch, i16 [M16]
 */
export function maddness_look_up__simd128(
  tables: usize,
  groups: u32,
  first: u32,
  count: u32,
  outputs: u32,
  bias: usize,
  rows: u32,
  y: usize,
  codes: usize,
  add: usize,
): void {
  const outputs16 = (outputs + 15) & -16;
  const end = first + count;
  const yStride = (<usize>outputs) << 1;
  const excess = i16x8.splat(<i16>(count << 11));
  for (let at: usize = 0; at < (<usize>outputs16) << 1; at += 16) {
    v128.store(add + at, i16x8.sub(v128.load(bias + at), excess));
  }
  // Outputs go to memory in columns of 64 bytes, which is 4 % slower unless their lines are there already.
  read_ahead(y, yStride * <usize>rows);
  // From right to left: what the last tile has too much is written over by the first of the next row.
  let m = (outputs16 + 31) & -32;
  while (m) {
    m -= 32;
    const tiles: u32 = outputs16 - m >= 32 ? 2 : 1;
    const out = y + ((<usize>m) << 1);
    const bytes = <usize>tiles * TILE_BYTES;
    const column = tables + <usize>(m >>> 4) * <usize>groups * TILE_BYTES;
    for (let g = first; g < end; g++) {
      memory.copy(0, column + <usize>g * bytes, bytes);
      const from = g > first ? SUMS : add + ((<usize>m) << 1);
      const fromStride = g > first ? SUMS_STRIDE : 0;
      const to = g + 1 < end ? SUMS : out;
      const toStride = g + 1 < end ? SUMS_STRIDE : yStride;
      const groupCodes = codes + <usize>((g << 4) * ROWS);
      look_up__simd128(tiles, groupCodes, from, fromStride, to, toStride, rows);
    }
  }
}
