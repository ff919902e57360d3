/** A packed, naturally aligned, little-endian record. Pure data: behaviour lives elsewhere. */
export type ScalarType = "u8" | "i8" | "u16" | "i16" | "u32" | "i32";

export interface Field {
  readonly name: string;
  readonly type: ScalarType;
  /** Array length; absent for a single value. */
  readonly count?: number;
  readonly doc: string;
}

export interface Struct {
  readonly name: string;
  /** Total size. The generator fails if the fields do not add up to it exactly. */
  readonly bytes: number;
  readonly doc: string;
  readonly fields: readonly Field[];
}

/** A named integer constant with its meaning. */
export interface Constant {
  readonly name: string;
  readonly value: number;
  readonly doc: string;
}
