import type { InputType } from "../reference/program.ts";
import { inputTypes } from "../spec/numbers.ts";

const tokens: readonly InputType[] = ["u8", "i8", "i16"];

/** Input type → code in the program header. */
export const inputTypeCode = Object.fromEntries(
  tokens.map((token) => [
    token,
    inputTypes.find((t) => t.name === `INPUT_${token.toUpperCase()}`)!.value,
  ]),
) as Record<InputType, number>;

/** Code in the program header → input type; undefined for an unknown code. */
export const inputTypeOf = (code: number): InputType | undefined =>
  tokens.find((token) => inputTypeCode[token] === code);

/** Bytes of `elements` inputs as they travel. */
export const inputBytes = (type: InputType, elements: number): number =>
  type === "i16" ? 2 * elements : elements;

/** Inputs as they travel: little-endian. @param values integers within the type's range */
export function encodeInput(type: InputType, values: ArrayLike<number>): Uint8Array {
  if (type !== "i16") return Uint8Array.from(values);
  const bytes = new Uint8Array(values.length * 2);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) view.setInt16(2 * i, values[i], true);
  return bytes;
}

/** The inverse of `encodeInput`. */
export function decodeInput(type: InputType, bytes: Uint8Array): Int16Array {
  if (type === "u8") return Int16Array.from(bytes);
  if (type === "i8") return Int16Array.from(bytes, (b) => (b << 24) >> 24);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Int16Array.from({ length: bytes.length >> 1 }, (_, i) => view.getInt16(2 * i, true));
}

/** Inputs as an array of the type they travel in. @param values integers within the type's range */
export function inputArray(type: InputType, values: ArrayLike<number>) {
  if (type === "u8") return Uint8Array.from(values);
  return type === "i8" ? Int8Array.from(values) : Int16Array.from(values);
}
