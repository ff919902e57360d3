import { writeRecord } from "../image/record.ts";
import type { MaddnessTables } from "../reference/maddness.ts";
import { outputStageRecord } from "../spec/image.ts";

/** Bytes of a tile: 16 codebooks, 16 codes, 16 outputs. */
const TILE_BYTES = 4096;
/** What makes an entry an unsigned byte. */
const EXCESS = 128;

/** Groups of 16 codebooks. */
export const groupsOf = (codebooks: number): number => Math.ceil(codebooks / 16);

/**
 * Tables in tiles, as `maddness_look_up__simd128` of assembly/ops/maddness.simd.ts takes them: 32 outputs
 * after 32, group after group, one or two tiles, in each [16 codebooks][16 codes][16 outputs].
 */
export function tileTables({ tables, codebooks, outputs }: MaddnessTables): Uint8Array {
  const groups = groupsOf(codebooks);
  const columns = Math.ceil(outputs / 16);
  const bytes = new Uint8Array(columns * groups * TILE_BYTES).fill(EXCESS);
  for (let column = 0; column < columns; column++) {
    const pair = column >> 1;
    const tiles = 2 * pair + 1 < columns ? 2 : 1;
    const from = 16 * column;
    const width = Math.min(16, outputs - from);
    for (let c = 0; c < codebooks; c++) {
      const tile = 2 * pair * groups + (c >> 4) * tiles + (column & 1);
      for (let k = 0; k < 16; k++) {
        const to = tile * TILE_BYTES + (((c & 15) << 4) + k) * 16;
        const row = (16 * c + k) * outputs + from;
        for (let m = 0; m < width; m++) bytes[to + m] = tables[row + m] + EXCESS;
      }
    }
  }
  return bytes;
}

/** Output stage records of M outputs, padded to a multiple of 8. */
export function stageRecords({ bias, shift, outputs }: MaddnessTables): Uint8Array {
  const bytes = new Uint8Array(outputStageRecord.bytes * 8 * Math.ceil(outputs / 8));
  for (let m = 0; m < outputs; m++) {
    const record = { bias: bias[m], shift: shift[m] };
    writeRecord(outputStageRecord, bytes, record, m * outputStageRecord.bytes);
  }
  return bytes;
}
