import type binaryen from "binaryen";
import type { Memory } from "./memory.ts";
import type { Words } from "./words.ts";

type Expression = binaryen.ExpressionRef;

/** Bytes of the access that takes a piece of a row: a row of its own size, or 4 or 8 of a longer one. */
const accessBytes = ({ rowBytes }: Memory, width: number): number =>
  rowBytes < 4 ? rowBytes : width <= 32 ? 4 : 8;

const pointer = (module: binaryen.Module, { rowBytes }: Memory, address: Expression): Expression =>
  rowBytes === 1 ? address : module.i32.mul(address, module.i32.const(rowBytes));

interface Load {
  readonly memory: Memory;
  readonly base: number;
  /** Of the row */
  readonly byte: number;
  /** Bits */
  readonly width: number;
  readonly address: Expression;
}

export function loadOf(module: binaryen.Module, words: Words, load: Load): Expression {
  const { memory, base, byte, width, address } = load;
  const at = pointer(module, memory, address);
  const offset = base + byte;
  const bytes = accessBytes(memory, width);
  if (bytes === 1) return module.i32.load8_u(offset, 0, at);
  if (bytes === 2) return module.i32.load16_u(offset, 0, at);
  return words.of(width).load(offset, 0, at);
}

interface Write {
  readonly memory: Memory;
  readonly base: number;
  /** First bit of the row that is written, and how many. */
  readonly at: number;
  readonly length: number;
  readonly address: () => Expression;
  readonly data: () => Expression;
}

/** Stores bits of a row; those beside them keep their values. */
export function storeBits(module: binaryen.Module, words: Words, write: Write): Expression {
  const { memory, base, at, length, address, data } = write;
  const to = pointer(module, memory, address());
  const { i32, i64 } = module;
  const offset = base + at / 8;
  if (at % 8 === 0 && length === 8) return i32.store8(offset, 0, to, data());
  if (at % 8 === 0 && length === 16) return i32.store16(offset, 0, to, data());
  if (at % 8 === 0 && (length === 32 || length === 64)) {
    return words.of(length).store(offset, 0, to, data());
  }
  // The 64 bits (fewer in a short row) of which these are a part.
  const first = at - (at % 64);
  const width = Math.min(memory.width - first, 64);
  const byte = first / 8;
  const old = loadOf(module, words, {
    memory,
    base,
    byte,
    width,
    address: address(),
  });
  const ops = words.of(width);
  const hole = ((1n << BigInt(length)) - 1n) << BigInt(at - first);
  const moved = ops.shl(words.converted(data(), length, width), words.number(at - first, width));
  const merged = ops.or(ops.and(old, words.constant(~hole, width)), moved);
  const bytes = accessBytes(memory, width);
  if (bytes === 1) return i32.store8(base + byte, 0, to, merged);
  if (bytes === 2) return i32.store16(base + byte, 0, to, merged);
  return width <= 32
    ? i32.store(base + byte, 0, to, merged)
    : i64.store(base + byte, 0, to, merged);
}
