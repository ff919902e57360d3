import type { Bit, Bits } from "./read.ts";

/** Bits of one value, at a place in another. */
export interface Slice<Value> {
  readonly value: Value;
  /** First bit taken */
  readonly from: number;
  readonly length: number;
  /** Where it goes to */
  readonly at: number;
  /** How often its highest bit follows it: sign extension. */
  readonly repeat: number;
}

/** A word put together of slices and constant bits. */
export interface Segments<Value> {
  readonly width: number;
  readonly slices: readonly Slice<Value>[];
  readonly constant: bigint;
}

/** Where a net comes from. */
export interface Source<Value> {
  readonly value: Value;
  readonly bit: number;
}

/** Finds what lies side by side in the same value. */
export function segmentsOf<Value>(
  bits: Bits,
  sourceOf: (bit: Bit) => Source<Value> | "0" | "1",
): Segments<Value> {
  const slices: { value: Value; from: number; length: number; at: number; repeat: number }[] = [];
  let constant = 0n;
  bits.forEach((bit, at) => {
    const source = sourceOf(bit);
    if (typeof source === "string") {
      if (source === "1") constant |= 1n << BigInt(at);
      return;
    }
    const last = slices.at(-1);
    const follows =
      last && last.value === source.value && last.at + last.length + last.repeat === at;
    if (follows && last.repeat === 0 && source.bit === last.from + last.length) last.length++;
    else if (follows && source.bit === last.from + last.length - 1) last.repeat++;
    else slices.push({ value: source.value, from: source.bit, length: 1, at, repeat: 0 });
  });
  return { width: bits.length, slices, constant };
}
