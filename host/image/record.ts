import { placeFields } from "../spec/layout.ts";
import type { ScalarType, Struct } from "../spec/struct.ts";

/** Field name → value of a record: a number, or an array of numbers for an array field. */
export type RecordOf<S extends Struct> = {
  -readonly [F in S["fields"][number] as F["name"]]: F extends { count: number }
    ? number[]
    : number;
};

const getters: Record<ScalarType, (view: DataView, at: number) => number> = {
  u8: (v, at) => v.getUint8(at),
  i8: (v, at) => v.getInt8(at),
  u16: (v, at) => v.getUint16(at, true),
  i16: (v, at) => v.getInt16(at, true),
  u32: (v, at) => v.getUint32(at, true),
  i32: (v, at) => v.getInt32(at, true),
};

const setters: Record<ScalarType, (view: DataView, at: number, value: number) => void> = {
  u8: (v, at, x) => v.setUint8(at, x),
  i8: (v, at, x) => v.setInt8(at, x),
  u16: (v, at, x) => v.setUint16(at, x, true),
  i16: (v, at, x) => v.setInt16(at, x, true),
  u32: (v, at, x) => v.setUint32(at, x, true),
  i32: (v, at, x) => v.setInt32(at, x, true),
};

const viewOf = (bytes: Uint8Array) =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Reads the record that starts at byte `at`; the caller has checked that it lies within `bytes`. */
export function readRecord<S extends Struct>(struct: S, bytes: Uint8Array, at = 0): RecordOf<S> {
  const view = viewOf(bytes);
  const entries = placeFields(struct).map((field) => {
    const get = (i: number) =>
      getters[field.type](view, at + field.offset + i * field.elementBytes);
    return [
      field.name,
      field.count === undefined ? get(0) : Array.from({ length: field.count }, (_, i) => get(i)),
    ];
  });
  return Object.fromEntries(entries) as RecordOf<S>;
}

/** Writes a record at byte `at`; fields that are not given are 0. */
export function writeRecord<S extends Struct>(
  struct: S,
  bytes: Uint8Array,
  values: Partial<RecordOf<S>>,
  at = 0,
): void {
  const view = viewOf(bytes);
  const given = values as Record<string, number | number[] | undefined>;
  for (const field of placeFields(struct)) {
    const value = given[field.name];
    const list = Array.isArray(value) ? value : [value ?? 0];
    for (let i = 0; i < (field.count ?? 1); i++) {
      setters[field.type](view, at + field.offset + i * field.elementBytes, list[i] ?? 0);
    }
  }
}
