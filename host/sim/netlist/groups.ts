import { isOperation, type Node, nodesOf, operandsOf, type Root } from "./graph.ts";
import type { Memory } from "./memory.ts";

/**
 * What is computed together: the registers of an always block, a memory's ports, the outputs, or wires.
 * While nothing that a group reads has changed, its roots do not change either.
 */
export interface Group {
  readonly roots: readonly Root[];
  /** All that it computes or reads, each after its operands. */
  readonly nodes: readonly Node[];
  /** Whether it takes a value from a wire. */
  readonly reads: (node: Node) => boolean;
}

/** Groups in the order in which they are to be computed: wires, then blocks. */
export interface Groups {
  /** Each reads wires only of those before it. */
  readonly wires: readonly Group[];
  /** State that a block changes is read by blocks before it, or else as a wire. */
  readonly blocks: readonly Group[];
}

function partition<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Item[][] {
  const parts = new Map<Key, Item[]>();
  for (const item of items) {
    const part = parts.get(keyOf(item));
    if (part) part.push(item);
    else parts.set(keyOf(item), [item]);
  }
  return [...parts.values()];
}

type State = Node | Memory;
type User = Node | number;

/** What a node keeps from the cycle before: itself, if it is a register, or the memory it reads. */
const stateOf = (node: Node): State | undefined => {
  const { operation } = node;
  if (operation === "input") return undefined;
  return isOperation(operation) ? operation.source?.memory : node;
};

/**
 * Who computes each node: the number of the only block that needs it, or itself, a wire, if more do.
 */
function ownersOf(
  nodes: readonly Node[],
  blocks: readonly (readonly Root[])[],
): { readonly owners: ReadonlyMap<Node, User>; readonly users: ReadonlyMap<Node, Set<User>> } {
  const owners = new Map<Node, User>();
  const users = new Map<Node, Set<User>>();
  const use = (node: Node, user: User) => {
    const known = users.get(node);
    if (known) known.add(user);
    else users.set(node, new Set([user]));
  };
  blocks.forEach((roots, block) => {
    for (const { slices } of roots.flatMap(operandsOf)) {
      for (const { value } of slices) use(value, block);
    }
  });
  for (const node of [...nodes].reverse()) {
    if (!isOperation(node.operation)) continue;
    const by = users.get(node) as Set<User>;
    const [only] = by;
    const owner = by.size === 1 ? only : node;
    owners.set(node, owner);
    for (const { slices } of node.operands) for (const { value } of slices) use(value, owner);
  }
  return { owners, users };
}

/**
 * Orders blocks so that as little state as possible is read by blocks that come after the one that
 * changes it. @param readers of each block's state: blocks, and how much of it they read
 */
function ordered(readers: readonly ReadonlyMap<number, number>[]): number[] {
  const left = new Set(readers.keys());
  const order: number[] = [];
  const late = (block: number) =>
    [...readers[block]].reduce(
      (sum, [reader, count]) => sum + (reader !== block && left.has(reader) ? count : 0),
      0,
    );
  while (left.size > 0) {
    const next = [...left].reduce((best, block) => (late(block) < late(best) ? block : best));
    left.delete(next);
    order.push(next);
  }
  return order;
}

/** Names what nodes depend on: registers by their blocks, memories and pins. */
function originKeys(
  nodes: readonly Node[],
  blockOf: ReadonlyMap<State, number>,
): (node: Node) => { readonly key: string; readonly count: number } {
  const numbers = new Map<unknown, number>();
  const numberOf = (origin: unknown) => {
    if (!numbers.has(origin)) numbers.set(origin, numbers.size);
    return numbers.get(origin) as number;
  };
  const found = new Map<Node, ReadonlySet<number>>();
  for (const node of nodes) {
    const all = new Set<number>();
    if (node.operation === "input") all.add(numberOf("input"));
    const state = stateOf(node);
    if (state) all.add(numberOf(isNode(state) ? (blockOf.get(state) ?? state) : state));
    for (const { slices } of node.operands) {
      for (const { value } of slices) for (const origin of found.get(value) ?? []) all.add(origin);
    }
    found.set(node, all);
  }
  return (node) => {
    const origins = [...(found.get(node) ?? [])].sort((a, b) => a - b);
    return { key: origins.join(), count: origins.length };
  };
}

const isNode = (state: State): state is Node => "operation" in state;

/**
 * Groups roots by the block they were written in, and wires by what they depend on: a wire that reads
 * another one depends on all that the other one does, so that fewer origins come first.
 */
export function groupsOf(roots: readonly Root[]): Groups {
  const nodes = nodesOf(roots);
  const parts = partition(roots, ({ block }) => block);
  const blockOf = new Map<State, number>();
  parts.forEach((members, block) => {
    for (const { target } of members) {
      if (target.kind === "register") blockOf.set(target.register, block);
      if (target.kind === "memory") blockOf.set(target.memory, block);
    }
  });
  const { owners, users } = ownersOf(nodes, parts);
  /** Blocks that compute something of a node's state: users of a register, owners of a load. */
  const readersOf = (node: Node): number[] =>
    (isOperation(node.operation) ? [owners.get(node)] : [...(users.get(node) ?? [])]).filter(
      (user): user is number => typeof user === "number",
    );
  const readers = parts.map(() => new Map<number, number>());
  const states = nodes.flatMap((node) => {
    const state = stateOf(node);
    const block = state && blockOf.get(state);
    return block === undefined ? [] : [{ node, block }];
  });
  for (const { node, block } of states) {
    for (const reader of readersOf(node)) {
      readers[block].set(reader, (readers[block].get(reader) ?? 0) + 1);
    }
  }
  const order = ordered(readers);
  const position = new Map(order.map((block, i) => [block, i]));
  const isLate = (reader: number, block: number) =>
    (position.get(reader) as number) > (position.get(block) as number);

  const shared = new Set(nodes.filter((node) => owners.get(node) === node));
  /** State read by blocks that come after its change: which those are. */
  const copied = new Map<Node, ReadonlySet<number>>();
  for (const { node, block } of states) {
    const late = readersOf(node).filter((reader) => isLate(reader, block));
    if (late.length > 0) copied.set(node, new Set(late));
  }

  const wireNodes = nodes.filter((node) => shared.has(node) || copied.has(node));
  const keyOf = originKeys(nodes, blockOf);
  const wires = partition(wireNodes, (node) => keyOf(node).key).sort(
    ([a], [b]) => keyOf(a).count - keyOf(b).count,
  );
  const group = (members: readonly Root[], reads: (node: Node) => boolean): Group => ({
    roots: members,
    nodes: nodesOf(members, reads),
    reads,
  });
  return {
    wires: wires.map((members) => {
      const own = new Set(members);
      return group(members.map(wireRoot), (node) => shared.has(node) && !own.has(node));
    }),
    blocks: order.map((block) =>
      group(parts[block], (node) => shared.has(node) || (copied.get(node)?.has(block) ?? false)),
    ),
  };
}

const wireRoot = (wire: Node): Root => ({
  block: undefined,
  enable: "1",
  operands: [
    {
      width: wire.width,
      slices: [{ value: wire, from: 0, length: wire.width, at: 0, repeat: 0 }],
      constant: 0n,
    },
  ],
  target: { kind: "wire", wire },
});
