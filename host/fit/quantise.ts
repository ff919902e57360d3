import type { Layer } from "../generated/operators.ts";

/** Tables of integers with what their integers mean: y ≈ offset + scale · Σ_c tables[c][code_c]. */
export interface QuantisedTables {
  /** [C][16][M] */
  readonly tables: Int8Array;
  /** [M], each > 0 */
  readonly scale: Float64Array;
  /** [M] */
  readonly offset: Float64Array;
}

/** Entry range of each operator, and the shares of the widest scale that are tried. */
const entryRanges: Readonly<Record<Layer["operator"], EntryRange>> = {
  maddness: { min: -128, max: 127, shares: [1] },
  // With few levels, rounding costs more than cutting off what is rare.
  maddness4: { min: -8, max: 7, shares: Array.from({ length: 16 }, (_, i) => 1 - i / 20) },
};

interface EntryRange {
  readonly min: number;
  readonly max: number;
  readonly shares: readonly number[];
}

/**
 * Rounds float tables to the entries of an operator. Each codebook's entries are centred first and the centre goes to the
 * offset, so that no range is spent on a constant; the mean rounding error over the rows goes there
 * as well.
 * @param tables [C][16][M]
 * @param offset [M]
 * @param codes [rows][C]
 * @param trainRows rows over which the mean rounding error is taken
 * @param operator whose entries they become
 * @param common one scale for all outputs, so that outputs compare with each other; else one each
 */
export function quantiseTables(
  tables: Float64Array,
  offset: Float64Array,
  codes: Uint8Array,
  C: number,
  trainRows: number,
  operator: Layer["operator"],
  common: boolean,
): QuantisedTables {
  const M = offset.length;
  const centred = tables.slice();
  const newOffset = offset.slice();
  const range = entryRanges[operator];
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
      scale[m] = Math.max(scale[m], (high - low) / 2 / range.max);
    }
  }
  if (common) {
    // The bias has to fit in i32 even when the outputs hardly vary around a large mean.
    const largest = newOffset.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    scale.fill(Math.max(...scale, largest / 2 ** 30));
  }
  // An output that never changes has no range; any scale serves.
  for (let m = 0; m < M; m++) if (scale[m] === 0) scale[m] = 1;

  const uses = new Float64Array(C * 16);
  for (let i = 0; i < trainRows * C; i++) uses[(i % C) * 16 + codes[i]]++;
  chooseScales(scale, centred, uses, range, common);
  const quantised = Int8Array.from(centred, (v, i) => entryOf(v, scale[i % M], range));
  for (let i = 0; i < centred.length; i++) {
    const m = i % M;
    const error = centred[i] - quantised[i] * scale[m];
    newOffset[m] += (error * uses[Math.floor(i / M)]) / trainRows;
  }
  return { tables: quantised, scale, offset: newOffset };
}

const entryOf = (v: number, scale: number, { min, max }: EntryRange) =>
  Math.min(max, Math.max(min, Math.round(v / scale)));

/**
 * Replaces each scale by that share of it whose entries err least, weighed by how often each is used.
 * @param scale [M]
 * @param centred [C][16][M]
 * @param uses [C][16] rows that choose an entry
 * @param common the same share for all outputs
 */
function chooseScales(
  scale: Float64Array,
  centred: Float64Array,
  uses: Float64Array,
  range: EntryRange,
  common: boolean,
): void {
  const M = scale.length;
  const { shares } = range;
  if (shares.length === 1) return;
  const errors = shares.map((share) => {
    const error = new Float64Array(M);
    centred.forEach((v, i) => {
      const m = i % M;
      const s = scale[m] * share;
      error[m] += uses[Math.floor(i / M)] * (v - s * entryOf(v, s, range)) ** 2;
    });
    return error;
  });
  const totals = errors.map((error) => error.reduce((sum, e) => sum + e, 0));
  for (let m = 0; m < M; m++) {
    const of = (i: number) => (common ? totals[i] : errors[i][m]);
    let best = 0;
    for (let i = 1; i < shares.length; i++) if (of(i) < of(best)) best = i;
    scale[m] *= shares[best];
  }
}

/** Smallest shift that keeps sums up to `bound` within i16 without saturation. */
export function shiftFor(bound: number): number {
  let shift = 0;
  while (Math.floor((bound + (shift ? 2 ** (shift - 1) : 0)) / 2 ** shift) > 32767) shift++;
  return shift;
}
