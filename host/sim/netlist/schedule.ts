import { isOperation, type Node, type Root } from "./graph.ts";
import type { Group } from "./groups.ts";
import type { Segments } from "./segments.ts";

/**
 * Where a value is computed: in every cycle, only when a multiplexer chooses it, or only when an
 * enable is 1. Most of a design stands still in most cycles.
 */
export class Scope {
  readonly parent: Scope | undefined;
  readonly #depth: number;
  cost = 0;
  /** Not worth a branch: what is in it is computed with the parent's. */
  dissolved = false;

  constructor(parent?: Scope) {
    this.parent = parent;
    this.#depth = parent ? parent.#depth + 1 : 0;
  }

  /** The innermost scope that both are in. */
  meet(other: Scope): Scope {
    let [a, b]: [Scope, Scope] = [this, other];
    while (a !== b) {
      if (a.#depth >= b.#depth) a = a.parent as Scope;
      else b = b.parent as Scope;
    }
    return a;
  }

  /** The scope that is left of it. */
  get kept(): Scope {
    return this.dissolved ? (this.parent as Scope).kept : this;
  }
}

/** What one enable guards. */
export interface Guard {
  readonly enable: Segments<Node>;
  readonly scope: Scope;
  readonly roots: Root[];
}

export interface Schedule {
  readonly always: readonly Root[];
  readonly guards: readonly Guard[];
  /** Values of each scope, each after its operands. */
  readonly nodesOf: (scope: Scope) => readonly Node[];
  /** Scopes of a multiplexer's second and third operand, if it is to branch. */
  readonly armsOf: (node: Node) => readonly [Scope, Scope] | undefined;
  readonly outermost: Scope;
  /** How many slices are taken of a value. */
  readonly usesOf: (node: Node) => number;
}

/** A branch that spares fewer operations costs more than it spares. */
const WORTH_A_BRANCH = 8;

const costOf = (node: Node): number =>
  node.operands.reduce((sum, { slices }) => sum + slices.length, 1);

const isMux = ({ operation }: Node): boolean =>
  isOperation(operation) && operation.operator === "mux";

export function scheduleOf({ nodes, roots, reads }: Group): Schedule {
  const outermost = new Scope();
  const scopes = new Map<Node, Scope>();
  const uses = new Map<Node, number>();
  const place = (segments: Segments<Node>, scope: Scope) => {
    for (const { value } of segments.slices) {
      uses.set(value, (uses.get(value) ?? 0) + 1);
      const before = scopes.get(value);
      scopes.set(value, before ? before.meet(scope) : scope);
    }
  };

  const guards = new Map<string, Guard>();
  const numbers = new Map(nodes.map((node, i) => [node, i]));
  const always: Root[] = [];
  for (const root of roots) {
    const { enable, operands } = root;
    let scope = outermost;
    if (enable === "1") always.push(root);
    else {
      const [{ value, from }] = enable.slices;
      const key = `${numbers.get(value)}.${from}`;
      const guard = guards.get(key) ?? { enable, scope: new Scope(outermost), roots: [] };
      if (!guards.has(key)) place(enable, outermost);
      guards.set(key, guard);
      guard.roots.push(root);
      scope = guard.scope;
    }
    for (const operand of operands) place(operand, scope);
  }

  // Every user of a node comes after it: from the last to the first, each scope is final when used.
  const arms = new Map<Node, readonly [Scope, Scope]>();
  for (const node of [...nodes].reverse()) {
    const scope = scopes.get(node) as Scope;
    if (reads(node)) continue;
    scope.cost += costOf(node);
    const pair = isMux(node) ? ([new Scope(scope), new Scope(scope)] as const) : undefined;
    if (pair) arms.set(node, pair);
    node.operands.forEach((operand, i) => {
      place(operand, pair && i > 0 ? pair[i - 1] : scope);
    });
  }
  dissolve([...arms.values()].reverse());
  dissolve([...guards.values()].map(({ scope }) => [scope]));

  const members = new Map<Scope, Node[]>();
  for (const node of nodes) {
    const scope = (scopes.get(node) as Scope).kept;
    const list = members.get(scope);
    if (list) list.push(node);
    else members.set(scope, [node]);
  }
  return {
    always,
    guards: [...guards.values()],
    nodesOf: (scope) => members.get(scope) ?? [],
    armsOf: (node) => {
      const pair = arms.get(node);
      return pair?.[0].dissolved ? undefined : pair;
    },
    outermost,
    usesOf: (node) => uses.get(node) ?? 0,
  };
}

/** @param groups scopes that are kept or dissolved together, inner ones before outer ones */
function dissolve(groups: readonly (readonly Scope[])[]): void {
  for (const group of groups) {
    const cost = group.reduce((sum, scope) => sum + scope.cost, 0);
    const parent = group[0].parent as Scope;
    parent.cost += cost < WORTH_A_BRANCH ? cost : WORTH_A_BRANCH;
    if (cost >= WORTH_A_BRANCH) continue;
    for (const scope of group) scope.dissolved = true;
  }
}
