import type { Board } from "../board/schema.ts";
import type { ArrayPlace } from "./netlist/compile.ts";
import { ModelError } from "./netlist/read.ts";

/** Memory sections of the gateware in which a bit can be flipped. */
export const memoryNames = ["table", "parameter"] as const;
export type MemoryName = (typeof memoryNames)[number];

/** Arrays that lie side by side in a section's rows, those of the lowest bytes first. */
export type Banks = Readonly<Record<MemoryName, readonly ArrayPlace[]>>;

function banksOf(arrays: readonly ArrayPlace[], word: string, bytes: number): ArrayPlace[] {
  const banks = arrays
    .filter(({ name }) => name.includes(word))
    .sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
  const bits = banks.reduce((sum, bank) => sum + bank.width * bank.depth, 0);
  if (bits !== bytes * 8 || banks.some((bank) => bank.depth !== banks[0].depth)) {
    throw new ModelError(
      `no ${bytes} bytes of memory arrays with "${word}" in their names, side by side; there are ` +
        arrays.map((bank) => `${bank.name} (${bank.depth} × ${bank.width} bits)`).join(", "),
    );
  }
  return banks;
}

/**
 * Where the table and parameter sections are, for fault injection.
 * @throws ModelError unless there are arrays that hold all their bytes
 */
export const sectionBanks = (arrays: readonly ArrayPlace[], engine: Board["engine"]): Banks => ({
  table: banksOf(arrays, "table", engine.tableBytes),
  parameter: banksOf(arrays, "parameter", engine.parameterBytes),
});

/**
 * Byte and mask of one bit of a section in the model's memory; undefined if there is none.
 * @param address byte of the section; @param bit 0..7
 */
export function placeOfBit(
  banks: readonly ArrayPlace[],
  address: number,
  bit: number,
): { readonly byte: number; readonly mask: number } | undefined {
  if (!Number.isInteger(address) || address < 0 || !Number.isInteger(bit) || bit < 0 || bit > 7) {
    return undefined;
  }
  const rowBytes = banks.reduce((sum, bank) => sum + bank.width / 8, 0);
  const row = Math.floor(address / rowBytes);
  let column = (address % rowBytes) * 8 + bit;
  for (const { offset, rowBytes: stride, width, depth } of banks) {
    if (column < width) {
      if (row >= depth) return undefined;
      return { byte: offset + row * stride + (column >> 3), mask: 1 << (column & 7) };
    }
    column -= width;
  }
  return undefined;
}
