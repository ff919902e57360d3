import { type MaddnessTables, maddnessAccumulate } from "./maddness.ts";

/** A MADDNESS layer whose table entries are -8..7: half the bytes, and twice the lanes where reading
 * them is what takes the time. */
export interface Maddness4Layer extends MaddnessTables {
  readonly operator: "maddness4";
}

/**
 * The definition: the entries' width changes how they are stored, not what they add up to.
 * @param x [D] i16 activations
 * @returns [M] i32; cannot overflow for C <= 65535
 */
export const maddness4Accumulate = (layer: Maddness4Layer, x: Int16Array): Int32Array =>
  maddnessAccumulate(layer, x);
