import { NomulError } from "../errors.ts";

/** Section id of a module's memories. */
const MEMORY = 5;
const HEADER_BYTES = 8;
const LIMITS_MIN_AND_MAX = 1;

function leb128(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
  return [...bytes, value];
}

/** @returns the number and the position behind it */
function readLeb128(bytes: Uint8Array, at: number): [value: number, next: number] {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return [value, at];
  }
}

/** A module's sections: id, and where they begin, id included, and end. */
export function wasmSections(wasm: Uint8Array): { id: number; start: number; end: number }[] {
  const sections = [];
  for (let start = HEADER_BYTES; start < wasm.length; ) {
    const [size, body] = readLeb128(wasm, start + 1);
    sections.push({ id: wasm[start], start, end: body + size });
    start = body + size;
  }
  return sections;
}

/**
 * Lets a module declare how much memory it has, so that nobody has to grow it. Every other section
 * stays as it is, byte for byte.
 * @param pages of 64 KiB; memory never grows beyond them
 * @throws NomulError E_INTERNAL if the module has no memory of its own
 */
export function declarePages(wasm: Uint8Array, pages: number): Uint8Array {
  const memory = wasmSections(wasm).find(({ id }) => id === MEMORY);
  if (!memory) {
    throw new NomulError("E_INTERNAL", "the kernels' Wasm declares no memory", {
      where: "build/device.wasm",
      next: "Run npm run build.",
    });
  }
  const body = [1, LIMITS_MIN_AND_MAX, ...leb128(pages), ...leb128(pages)];
  const section = [MEMORY, ...leb128(body.length), ...body];
  return Uint8Array.from([
    ...wasm.subarray(0, memory.start),
    ...section,
    ...wasm.subarray(memory.end),
  ]);
}
