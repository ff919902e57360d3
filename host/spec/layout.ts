import type { Field, ScalarType, Struct } from "./struct.ts";

const scalarBytes: Record<ScalarType, number> = { u8: 1, i8: 1, u16: 2, i16: 2, u32: 4, i32: 4 };

export interface PlacedField extends Field {
  /** Bytes from the start of the record. */
  readonly offset: number;
  /** Bytes of one element. */
  readonly elementBytes: number;
}

/**
 * Places the fields one after the other and checks the two promises of every record: each field
 * lies at a multiple of its own size, and the sizes add up to `struct.bytes`.
 */
export function placeFields(struct: Struct): readonly PlacedField[] {
  let offset = 0;
  const placed = struct.fields.map((field) => {
    const elementBytes = scalarBytes[field.type];
    if (offset % elementBytes !== 0) {
      throw new Error(`spec: ${struct.name}.${field.name} at byte ${offset} is not aligned`);
    }
    const at = offset;
    offset += elementBytes * (field.count ?? 1);
    return { ...field, offset: at, elementBytes };
  });
  if (offset !== struct.bytes) {
    throw new Error(`spec: ${struct.name} is ${offset} bytes, declared as ${struct.bytes}`);
  }
  return placed;
}
