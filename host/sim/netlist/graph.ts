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
    | { readonly kind: "memory"; readonly memory: Memory; readonly at: number };
}

/**
 * The roots of a block of the gateware, or the outputs, and all that they depend on within a cycle: what
 * several groups need, each computes for itself. While nothing that a group reads has changed, its
 * roots do not change either.
 */
export interface Group {
  /** Each after its operands. */
  readonly nodes: readonly Node[];
  readonly roots: readonly Root[];
}

/** What an operation reads beside its operands. */
export function stateOf({ operation }: Node): Node["operation"] | Memory | undefined {
  if (operation === "input" || !("operator" in operation)) return operation;
  return operation.source?.memory;
}

/** Nodes in an order in which each comes after its operands. @throws ModelError for a loop */
function ordered(starts: readonly Node[]): Node[] {
  const done = new Set<Node>();
  const open = new Set<Node>();
  const order: Node[] = [];
  const visit = (node: Node) => {
    if (done.has(node)) return;
    if (open.has(node)) {
      throw new ModelError("the gateware has a combinational loop: it has no value for a cycle");
    }
    open.add(node);
    for (const { slices } of node.operands) for (const { value } of slices) visit(value);
    open.delete(node);
    done.add(node);
    order.push(node);
  };
  starts.forEach(visit);
  return order;
}

/**
 * Connects what was lowered: only what reaches an output or is stored remains.
 * @param inputs nets of the bits of the step's argument
 * @param outputs bits of the step's result, and where each goes
 * @throws ModelError for a net without a source
 */
export function graphOf(
  lowered: Lowered,
  inputs: Bits,
  outputs: readonly { readonly bits: Bits; readonly at: number }[],
): Group[] {
  const sources = new Map<number, Source<Node>>();
  const define = (operation: Node["operation"], output: Bits): Node => {
    const node = { width: output.length, operation, operands: [] };
    output.forEach((net, bit) => {
      if (typeof net === "number") sources.set(net, { value: node, bit });
    });
    return node;
  };
  define("input", inputs);
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
  return grouped(live(roots));
}

const operandsOf = ({ enable, operands }: Root) =>
  enable === "1" ? operands : [enable, ...operands];

const nodesOf = (roots: readonly Root[]): Node[] =>
  ordered(roots.flatMap(operandsOf).flatMap(({ slices }) => slices.map(({ value }) => value)));

/** Drops what nobody reads: a register or a memory is live when a live root reads it. */
function live(all: readonly Root[]): Root[] {
  const reads = new Set<ReturnType<typeof stateOf>>();
  const found = new Set<Root>();
  const isRead = ({ target }: Root) =>
    target.kind === "output" ||
    reads.has(target.kind === "register" ? target.register.operation : target.memory);
  for (;;) {
    const more = all.filter((root) => !found.has(root) && isRead(root));
    if (more.length === 0) return all.filter((root) => found.has(root));
    for (const node of nodesOf(more)) reads.add(stateOf(node));
    for (const root of more) found.add(root);
  }
}

/** Roots of a group: a flag for each fits into a word. */
const GROUP_ROOTS = 64;

function grouped(roots: readonly Root[]): Group[] {
  const blocks = new Map<string | undefined, Root[]>();
  for (const root of roots) {
    const block = blocks.get(root.block);
    if (block) block.push(root);
    else blocks.set(root.block, [root]);
  }
  return [...blocks.values()].flatMap((members) =>
    Array.from({ length: Math.ceil(members.length / GROUP_ROOTS) }, (_, i) => {
      const part = members.slice(i * GROUP_ROOTS, (i + 1) * GROUP_ROOTS);
      return { nodes: nodesOf(part), roots: part };
    }),
  );
}
