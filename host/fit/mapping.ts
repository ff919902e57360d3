/**
 * What a layer's integer inputs mean: value = activation(integer · scale + offset), one positive
 * scale and one offset a column. The map never falls, so comparing values and comparing integers
 * with the right integer threshold are the same thing.
 */
export interface Mapping {
  /** [D], each > 0 */
  readonly scale: Float64Array;
  /** [D] */
  readonly offset: Float64Array;
  readonly activation: "relu" | "none";
}

/** Value of integer `a` in column d, rounded to f32: the precision that learning sees. */
export function mappedValue(mapping: Mapping, d: number, a: number): number {
  const y = Math.fround(a * mapping.scale[d] + mapping.offset[d]);
  return mapping.activation === "relu" && y < 0 ? 0 : y;
}

/**
 * The integer threshold of a split between two values of a column: for every i16 a,
 * `a >= threshold` exactly when `mappedValue(a) >= (left + right) / 2`.
 * @param left largest value on the left side
 * @param right smallest value on the right side, > left, mapped from some i16
 * @returns -32767..32767
 */
export function thresholdFor(mapping: Mapping, d: number, left: number, right: number): number {
  // Both are f32, so their midpoint is exact in f64 and lies strictly between them.
  const value = (left + right) / 2;
  let below = -32768;
  let reaches = 32767;
  while (reaches - below > 1) {
    const middle = (reaches + below) >> 1;
    if (mappedValue(mapping, d, middle) >= value) reaches = middle;
    else below = middle;
  }
  return reaches;
}
