import type { Banks } from "./arrays.ts";

const SECTION = "nomul.board";

/** What the harness and fault injection must know of a model; lies in its Wasm file. */
export interface ModelNote {
  readonly clockHz: number;
  /** Clock cycles a bit of the line takes at power-on */
  readonly divisor: number;
  /** Undefined for other gateware than the package's own. */
  readonly banks?: Banks | undefined;
}

/** Unsigned LEB128, as Wasm has it. */
function leb128(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb128(value >>> 7)];
}

/** Appends the note to a module as a custom section. */
export function withNote(wasm: Uint8Array, note: ModelNote): Uint8Array {
  const name = Buffer.from(SECTION);
  const content = Buffer.from(JSON.stringify(note));
  const body = [...leb128(name.length), ...name, ...content];
  return Buffer.concat([wasm, Uint8Array.from([0, ...leb128(body.length), ...body])]);
}

/** @throws Error if the module has no note */
export function noteOf(module: WebAssembly.Module): ModelNote {
  const [section] = WebAssembly.Module.customSections(module, SECTION);
  if (!section) throw new Error("not a simulator of nomul");
  return JSON.parse(Buffer.from(section).toString());
}
