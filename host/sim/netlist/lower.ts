import { lowerMemory, type Memory } from "./memory.ts";
import { type Bit, type Bits, type Cell, ModelError, type Netlist } from "./read.ts";
import { lowerRegister } from "./register.ts";
import { lowerShift } from "./shift.ts";

/** Widest value of an operation. */
export const WORD = 64;

/** What an operation does; its operands have been extended to where their widths agree. */
export type Operator =
  // [width] [width] → width
  | "add"
  | "sub"
  | "mul"
  | "and"
  | "or"
  | "xor"
  // [width] → width
  | "not"
  | "neg"
  // [n] [n] → 1; lt and le signed or not
  | "eq"
  | "lt"
  | "le"
  // [n] → 1
  | "nonzero"
  | "ones"
  | "parity"
  // [1] [width] [width] → width: the third if the first is 1
  | "mux"
  // [width] [amount] → width, the amount less than the bits of the Wasm type
  | "shl"
  | "shr"
  | "sshr"
  // [address] → width: from `memory`
  | "load";

export interface Operation {
  readonly operator: Operator;
  readonly inputs: readonly Bits[];
  /** At most WORD nets. */
  readonly output: readonly number[];
  readonly signed: boolean;
  /** For load */
  readonly source?: { readonly memory: Memory; readonly byte: number };
}

/** Up to WORD bits of state: takes `next` at every clock edge at which `enable` is 1. */
export interface Register {
  readonly q: readonly number[];
  readonly next: Bits;
  readonly enable: Bit;
  /** Names the always block or memory it belongs to. */
  readonly block: string;
}

/** Up to WORD bits written to a memory at every clock edge at which `enable` is 1. */
export interface Write {
  readonly memory: Memory;
  readonly address: Bits;
  /** Where in the row, in bits */
  readonly at: number;
  readonly data: Bits;
  readonly enable: Bit;
  readonly block: string;
}

export const zeros = (length: number): Bits => Array<Bit>(Math.max(length, 0)).fill("0");

/** @param fill continues the number beyond its bits */
export const extend = (bits: Bits, width: number, fill: Bit): Bits =>
  bits.length >= width
    ? bits.slice(0, width)
    : [...bits, ...Array<Bit>(width - bits.length).fill(fill)];

export const resize = (bits: Bits, width: number, signed: boolean): Bits =>
  extend(bits, width, signed ? (bits.at(-1) ?? "0") : "0");

/** A netlist as operations, registers and writes of at most WORD bits, all of one clock. */
export class Lowered {
  readonly operations: Operation[] = [];
  readonly registers: Register[] = [];
  readonly writes: Write[] = [];
  readonly memories: Memory[] = [];
  readonly clock: Bit;
  /** Nets that are another net or a constant. */
  readonly #same = new Map<number, Bit>();
  #lastNet: number;

  constructor(netlist: Netlist, clock: Bit) {
    this.clock = clock;
    this.#lastNet = 1;
    for (const cell of netlist.cells) {
      for (const bits of Object.values(cell.connections)) {
        for (const bit of bits) {
          if (typeof bit === "number" && bit > this.#lastNet) this.#lastNet = bit;
        }
      }
    }
    for (const cell of netlist.cells) lowerCell(this, cell);
  }

  fresh(width: number): number[] {
    return Array.from({ length: width }, () => ++this.#lastNet);
  }

  /** Makes nets of a cell's output the same as these bits. */
  join(output: Bits, bits: Bits): void {
    output.forEach((net, i) => {
      if (typeof net === "number") this.#same.set(net, bits[i] ?? "0");
    });
  }

  resolve(bit: Bit): Bit {
    let found = bit;
    while (typeof found === "number") {
      const same = this.#same.get(found);
      if (same === undefined) return found;
      found = same;
    }
    return found;
  }

  /** One operation of at most WORD bits; returns its result's nets. */
  operate(operator: Operator, inputs: readonly Bits[], width: number, signed = false): number[] {
    const output = this.fresh(width);
    this.operations.push({ operator, inputs, output, signed });
    return output;
  }

  /** An operation that treats each bit alone, of any width. */
  bitwise(operator: "and" | "or" | "xor" | "not", inputs: readonly Bits[]): Bits {
    return pieces(inputs[0].length).flatMap(([from, to]) =>
      this.operate(
        operator,
        inputs.map((bits) => bits.slice(from, to)),
        to - from,
      ),
    );
  }

  /** `b` if `select` is 1, otherwise `a`; of any width. */
  mux(select: Bit, a: Bits, b: Bits): Bits {
    return pieces(a.length).flatMap(([from, to]) =>
      this.operate("mux", [[select], a.slice(from, to), b.slice(from, to)], to - from),
    );
  }

  /** Whether any bit is 1; of any width. */
  any(bits: Bits): Bit {
    if (bits.length === 1) return bits[0];
    return this.#combined("nonzero", "or", bits);
  }

  all(bits: Bits): Bit {
    return this.#combined("ones", "and", bits);
  }

  parity(bits: Bits): Bit {
    return this.#combined("parity", "xor", bits);
  }

  not(bit: Bit): Bit {
    return this.operate("not", [[bit]], 1)[0];
  }

  #combined(operator: "nonzero" | "ones" | "parity", by: "and" | "or" | "xor", bits: Bits): Bit {
    const parts = pieces(bits.length).map(
      ([from, to]) => this.operate(operator, [bits.slice(from, to)], 1)[0],
    );
    return parts.reduce((a, b) => this.operate(by, [[a], [b]], 1)[0]);
  }
}

/** [from, to) of each piece of at most WORD bits. */
export function pieces(width: number): [number, number][] {
  return Array.from({ length: Math.ceil(width / WORD) }, (_, i) => [
    i * WORD,
    Math.min((i + 1) * WORD, width),
  ]);
}

const bitwise: Readonly<Record<string, "and" | "or" | "xor">> = {
  $and: "and",
  $or: "or",
  $xor: "xor",
  $xnor: "xor",
};
const arithmetic: Readonly<Record<string, "add" | "sub" | "mul">> = {
  $add: "add",
  $sub: "sub",
  $mul: "mul",
};
const registers = new Set(["$dff", "$dffe", "$sdff", "$sdffe", "$sdffce"]);
const shifts = new Set(["$shl", "$sshl", "$shr", "$sshr", "$shift", "$shiftx"]);

function lowerCell(to: Lowered, cell: Cell): void {
  const { type } = cell;
  if (type === "$scopeinfo") return;
  if (registers.has(type)) lowerRegister(to, cell);
  else if (type === "$mem_v2") lowerMemory(to, cell);
  else to.join(cell.connections.Y ?? [], resultOf(to, cell));
}

function resultOf(to: Lowered, cell: Cell): Bits {
  const { type, parameters } = cell;
  const { A = [], B = [], S = [], Y } = cell.connections;
  if (!Y) throw new ModelError(`cannot simulate ${type} (${cell.name})`);
  const set = (name: string) => /1/.test(parameters[name] ?? "");
  const signed = set("A_SIGNED") && (B.length === 0 || set("B_SIGNED"));
  const a = resize(A, Y.length, signed);
  const b = resize(B, Y.length, signed);
  const narrow = (bits: Bits): Bits => {
    if (bits.length > WORD) {
      throw new ModelError(`${type} of ${bits.length} bits (${cell.name}): at most ${WORD}`);
    }
    return bits;
  };
  const compare = (operator: "lt" | "le", x: Bits, y: Bits): Bits => {
    const width = Math.max(x.length, y.length);
    return to.operate(
      operator,
      [narrow(resize(x, width, signed)), resize(y, width, signed)],
      1,
      signed,
    );
  };
  const equal = (): Bit => {
    const width = Math.max(A.length, B.length);
    const [x, y] = [resize(A, width, signed), resize(B, width, signed)];
    if (width <= WORD) return to.operate("eq", [x, y], 1)[0];
    return to.not(to.any(to.bitwise("xor", [x, y])));
  };

  if (type in bitwise) {
    const result = to.bitwise(bitwise[type], [a, b]);
    return type === "$xnor" ? to.bitwise("not", [result]) : result;
  }
  if (type in arithmetic) return to.operate(arithmetic[type], [narrow(a), b], Y.length);
  if (shifts.has(type)) return lowerShift(to, cell);
  switch (type) {
    case "$pos":
      return a;
    case "$not":
      return to.bitwise("not", [a]);
    case "$neg":
      return to.operate("neg", [narrow(a)], Y.length);
    case "$eq":
    case "$eqx":
      return [equal()];
    case "$ne":
    case "$nex":
      return [to.not(equal())];
    case "$lt":
      return compare("lt", A, B);
    case "$le":
      return compare("le", A, B);
    case "$gt":
      return compare("lt", B, A);
    case "$ge":
      return compare("le", B, A);
    case "$logic_not":
      return [to.not(to.any(A))];
    case "$logic_and":
      return to.operate("and", [[to.any(A)], [to.any(B)]], 1);
    case "$logic_or":
      return to.operate("or", [[to.any(A)], [to.any(B)]], 1);
    case "$reduce_or":
    case "$reduce_bool":
      return [to.any(A)];
    case "$reduce_and":
      return [to.all(A)];
    case "$reduce_xor":
      return [to.parity(A)];
    case "$reduce_xnor":
      return [to.not(to.parity(A))];
    case "$mux":
      return to.mux(S[0], A, B);
    case "$pmux":
      // At most one bit of S is 1.
      return S.map((select, i) => [select, B.slice(i * A.length, (i + 1) * A.length)] as const)
        .reverse()
        .reduce((rest, [select, value]) => to.mux(select, rest, value), A);
    default:
      throw new ModelError(`cannot simulate ${type} (${cell.name})`);
  }
}
