/** Tables of integers with what their integers mean: y ≈ offset + scale · Σ_c tables[c][code_c]. */
export interface QuantisedTables {
  /** [C][16][M] */
  readonly tables: Int8Array;
  /** [M], each > 0 */
  readonly scale: Float64Array;
  /** [M] */
  readonly offset: Float64Array;
}

/**
 * Rounds float tables to i8. Each codebook's entries are centred first and the centre goes to the
 * offset, so that no range is spent on a constant; the mean rounding error over the rows goes there
 * as well.
 * @param tables [C][16][M]
 * @param offset [M]
 * @param codes [rows][C]
 * @param trainRows rows over which the mean rounding error is taken
 * @param common one scale for all outputs, so that outputs compare with each other; else one each
 */
export function quantiseTables(
  tables: Float64Array,
  offset: Float64Array,
  codes: Uint8Array,
  C: number,
  trainRows: number,
  common: boolean,
): QuantisedTables {
  const M = offset.length;
  const centred = tables.slice();
  const newOffset = offset.slice();
  const scale = new Float64Array(M);
  for (let m = 0; m < M; m++) {
    for (let c = 0; c < C; c++) {
      let low = Number.POSITIVE_INFINITY;
      let high = Number.NEGATIVE_INFINITY;
      for (let k = 0; k < 16; k++) {
        const v = tables[(c * 16 + k) * M + m];
        low = Math.min(low, v);
        high = Math.max(high, v);
      }
      const centre = (low + high) / 2;
      newOffset[m] += centre;
      for (let k = 0; k < 16; k++) centred[(c * 16 + k) * M + m] -= centre;
      scale[m] = Math.max(scale[m], (high - low) / 2 / 127);
    }
  }
  if (common) {
    // The bias has to fit in i32 even when the outputs hardly vary around a large mean.
    const largest = newOffset.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    scale.fill(Math.max(...scale, largest / 2 ** 30));
  }
  // An output that never changes has no range; any scale serves.
  for (let m = 0; m < M; m++) if (scale[m] === 0) scale[m] = 1;

  const quantised = Int8Array.from(centred, (v, i) => Math.round(v / scale[i % M]));
  const uses = new Float64Array(C * 16);
  for (let i = 0; i < trainRows * C; i++) uses[(i % C) * 16 + codes[i]]++;
  for (let i = 0; i < centred.length; i++) {
    const m = i % M;
    const error = centred[i] - quantised[i] * scale[m];
    newOffset[m] += (error * uses[Math.floor(i / M)]) / trainRows;
  }
  return { tables: quantised, scale, offset: newOffset };
}

/** Smallest shift that keeps sums up to `bound` within i16 without saturation. */
export function shiftFor(bound: number): number {
  let shift = 0;
  while (Math.floor((bound + (shift ? 2 ** (shift - 1) : 0)) / 2 ** shift) > 32767) shift++;
  return shift;
}
