import type { Lowered, Operation, Register, Write } from "./lower.ts";
import type { Memory } from "./memory.ts";
import { type Bit, type Bits, ModelError } from "./read.ts";
import { type Segments, type Source, segmentsOf } from "./segments.ts";

/** A value of at most 64 bits that a cycle computes or reads. */
export interface Node {
  readonly width: number;
  readonly operation: Operation | "input" | Register;
  operands: readonly Segments<Node>[];
}

/** Something a clock edge changes, or an output. */
export interface Root {
  /** What it was written in; undefined for outputs */
  readonly block: string | undefined;
  /** "1" = always */
  readonly enable: Segments<Node> | "1";
  readonly operands: readonly Segments<Node>[];
  readonly target:
    | { readonly kind: "output"; readonly at: number }
    | { readonly kind: "register"; readonly register: Node }
    /** A value that several groups read; it changes within the cycle. */
    | { readonly kind: "wire"; readonly wire: Node }
    | { readonly kind: "memory"; readonly memory: Memory; readonly at: number };
}

export const isOperation = (operation: Node["operation"]): operation is Operation =>
  operation !== "input" && "operator" in operation;

export const operandsOf = ({ enable, operands }: Root): readonly Segments<Node>[] =>
  enable === "1" ? operands : [enable, ...operands];

/** All that the roots depend on within a cycle, each after its operands. */
export const nodesOf = (
  roots: readonly Root[],
  isKnown: (node: Node) => boolean = () => false,
): Node[] =>
  ordered(
    roots.flatMap(operandsOf).flatMap(({ slices }) => slices.map(({ value }) => value)),
    isKnown,
  );

/**
 * Nodes in an order in which each comes after its operands.
 * @param isKnown nodes whose operands do not matter
 * @throws ModelError for a loop
 */
function ordered(starts: readonly Node[], isKnown: (node: Node) => boolean): Node[] {
  const done = new Set<Node>();
  const open = new Set<Node>();
  const order: Node[] = [];
  const visit = (node: Node) => {
    if (done.has(node)) return;
    if (open.has(node)) {
      throw new ModelError("the gateware has a combinational loop: it has no value for a cycle");
    }
    open.add(node);
    if (!isKnown(node)) {
      for (const { slices } of node.operands) for (const { value } of slices) visit(value);
    }
    open.delete(node);
    done.add(node);
    order.push(node);
  };
  starts.forEach(visit);
  return order;
}

/**
 * Connects what was lowered: what nobody reads is left away.
 * @param argument which bit of the step's argument a net is
 * @param outputs bits of the step's result, and where each goes
 * @throws ModelError for a net without a source
 */
export function graphOf(
  lowered: Lowered,
  argument: ReadonlyMap<Bit, number>,
  outputs: readonly { readonly bits: Bits; readonly at: number }[],
): Root[] {
  const sources = new Map<number, Source<Node>>();
  const define = (operation: Operation | Register, output: Bits): Node => {
    const node = { width: output.length, operation, operands: [] };
    output.forEach((net, bit) => {
      if (typeof net === "number") sources.set(net, { value: node, bit });
    });
    return node;
  };
  const input: Node = { width: 32, operation: "input", operands: [] };
  for (const [net, bit] of argument) {
    if (typeof net === "number") sources.set(net, { value: input, bit });
  }
  const operations = lowered.operations.map((operation) => define(operation, operation.output));
  const registers = lowered.registers.map((register) => define(register, register.q));

  const sourceOf = (bit: Bit): Source<Node> | "0" | "1" => {
    const net = lowered.resolve(bit);
    if (typeof net === "string") return net;
    const source = sources.get(net);
    if (!source) throw new ModelError(`net ${net} of the netlist has no driver`);
    return source;
  };
  const segments = (bits: Bits) => segmentsOf(bits, sourceOf);
  operations.forEach((node, i) => {
    node.operands = lowered.operations[i].inputs.map(segments);
  });

  const changing = (enable: Bit) => lowered.resolve(enable) !== "0";
  const enableOf = (enable: Bit) =>
    lowered.resolve(enable) === "1" ? "1" : (segments([enable]) as Segments<Node>);
  const registerRoot = (register: Register, node: Node): Root => ({
    block: register.block,
    enable: enableOf(register.enable),
    operands: [segments(register.next)],
    target: { kind: "register", register: node },
  });
  const writeRoot = ({ block, memory, address, at, data, enable }: Write): Root => ({
    block,
    enable: enableOf(enable),
    operands: [segments(address), segments(data)],
    target: { kind: "memory", memory, at },
  });
  const roots: Root[] = [
    ...outputs.map(
      ({ bits, at }): Root => ({
        block: undefined,
        enable: "1",
        operands: [segments(bits)],
        target: { kind: "output", at },
      }),
    ),
    ...lowered.registers.flatMap((register, i) =>
      changing(register.enable) ? [registerRoot(register, registers[i])] : [],
    ),
    ...lowered.writes.filter(({ enable }) => changing(enable)).map(writeRoot),
  ];
  return live(roots);
}

/** Drops what nobody reads: a register or a memory is live when a live root reads it. */
function live(all: readonly Root[]): Root[] {
  const reads = new Set<Node["operation"] | Memory | undefined>();
  const found = new Set<Root>();
  const isRead = ({ target }: Root) => {
    if (target.kind === "memory") return reads.has(target.memory);
    return target.kind !== "register" || reads.has(target.register.operation);
  };
  for (;;) {
    const more = all.filter((root) => !found.has(root) && isRead(root));
    if (more.length === 0) return all.filter((root) => found.has(root));
    for (const { operation } of nodesOf(more)) {
      reads.add(isOperation(operation) ? operation.source?.memory : operation);
    }
    for (const root of more) found.add(root);
  }
}
