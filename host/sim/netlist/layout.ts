import { isOperation, type Node } from "./graph.ts";
import type { Group } from "./groups.ts";
import type { Register } from "./lower.ts";
import type { Memory } from "./memory.ts";

const ALIGN = 8;
/** Flags in a word. */
export const WORD_FLAGS = 32;
const FLAG_BYTES = WORD_FLAGS / 8;

/** Where everything that lasts is in the model's linear memory. */
export interface Layout {
  /** Eight bytes each, as those of the wires. */
  readonly registers: ReadonlyMap<Node, number>;
  readonly wires: ReadonlyMap<Node, number>;
  readonly memories: ReadonlyMap<Memory, number>;
  /** A flag for each group, in words of four bytes. */
  readonly stale: number;
  readonly bytes: number;
  /** What is not 0 at power-on. */
  readonly initial: readonly { readonly offset: number; readonly data: Uint8Array }[];
}

/** Bits of a row as the bytes the model keeps them in. */
function rowBytes(bits: string, bytes: number): Uint8Array {
  const row = new Uint8Array(bytes);
  for (let i = 0; i < bits.length; i++) if (bits[i] === "1") row[i >> 3] |= 1 << (i & 7);
  return row;
}

export function layoutOf(
  groups: readonly Group[],
  initial: ReadonlyMap<number, "0" | "1">,
): Layout {
  const registers = new Map<Node, number>();
  const wires = new Map<Node, number>();
  const memories = new Map<Memory, number>();
  const data: { offset: number; data: Uint8Array }[] = [];
  let bytes = 0;
  const take = (size: number) => {
    const offset = bytes;
    bytes += Math.ceil(size / ALIGN) * ALIGN;
    return offset;
  };
  const addMemory = (memory: Memory) => {
    if (memories.has(memory)) return;
    const { initial: bits, width, depth, rowBytes: size } = memory;
    const offset = take(size * memory.addressable);
    memories.set(memory, offset);
    if (!bits) return;
    const all = new Uint8Array(size * depth);
    for (let i = 0; i < depth; i++) {
      all.set(rowBytes(bits.slice(i * width, (i + 1) * width), size), i * size);
    }
    data.push({ offset, data: all });
  };
  // First what every cycle touches.
  const stale = take(FLAG_BYTES * Math.ceil(groups.length / WORD_FLAGS));
  const addRegister = (node: Node, { q }: Register) => {
    if (registers.has(node)) return;
    const offset = take(ALIGN);
    registers.set(node, offset);
    const bits = q.map((net) => initial.get(net) ?? "0").join("");
    if (bits.includes("1")) data.push({ offset, data: rowBytes(bits, ALIGN) });
  };
  for (const { nodes, roots } of groups) {
    for (const { target } of roots) if (target.kind === "wire") wires.set(target.wire, take(ALIGN));
    for (const node of nodes) {
      const { operation } = node;
      if (operation !== "input" && !isOperation(operation)) addRegister(node, operation);
    }
  }
  for (const { nodes, roots } of groups) {
    for (const { target } of roots) if (target.kind === "memory") addMemory(target.memory);
    for (const { operation } of nodes) {
      if (isOperation(operation) && operation.source) addMemory(operation.source.memory);
    }
  }
  return { registers, wires, memories, stale, bytes, initial: data };
}
