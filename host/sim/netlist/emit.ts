import binaryen from "binaryen";
import type { Group, Node, Root } from "./graph.ts";
import type { Layout } from "./layout.ts";
import type { Operation } from "./lower.ts";
import { loadOf, storeBits } from "./rows.ts";
import { type Schedule, type Scope, scheduleOf } from "./schedule.ts";
import type { Segments } from "./segments.ts";
import { typeOf, type Words } from "./words.ts";

type Expression = binaryen.ExpressionRef;
const I64 = binaryen.i64;

/** What a group does in a cycle, in two halves: state is changed only when all has been computed. */
export interface Halves {
  /** Body that gives an i64 with a bit for each root that is to change. */
  readonly compute: Expression;
  /** Types of the locals of `compute`. */
  readonly locals: readonly binaryen.Type[];
  /** Body that takes that word as its argument and carries the changes out. */
  readonly commit: Expression;
}

/** Tells the readers of what a root changes. @param difference bits of a register that change */
export type Notify = (changed: Root["target"], difference: () => Expression) => Expression;

export class GroupEmitter {
  readonly #module: binaryen.Module;
  readonly #words: Words;
  readonly #layout: Layout;
  readonly #schedule: Schedule;
  readonly #locals = new Map<Node, number>();
  readonly #types: binaryen.Type[] = [];
  readonly #notify: Notify;
  readonly #input: () => Expression;

  constructor(
    module: binaryen.Module,
    words: Words,
    layout: Layout,
    group: Group,
    input: () => Expression,
    notify: Notify,
  ) {
    this.#module = module;
    this.#words = words;
    this.#layout = layout;
    this.#schedule = scheduleOf(group);
    this.#input = input;
    this.#notify = notify;
  }

  halves(): Halves {
    const module = this.#module;
    const { block, local } = module;
    const { always, guards, outermost } = this.#schedule;
    const flags = this.#newLocal(I64);
    const commits: Expression[] = [];
    const body = this.#statementsOf(outermost);
    for (const root of always) body.push(this.#root(root, flags, commits));
    for (const { enable, scope, roots } of guards) {
      const inner = [
        ...(scope.dissolved ? [] : this.#statementsOf(scope)),
        ...roots.map((root) => this.#root(root, flags, commits)),
      ];
      body.push(module.if(this.#assembled(enable), block(null, inner)));
    }
    const result = local.get(flags, I64);
    return {
      compute: block(null, [...body, result], I64),
      locals: this.#types,
      commit: block(null, commits),
    };
  }

  /** For a group of outputs: a body that gives them as one word. */
  outputs(): { readonly body: Expression; readonly locals: readonly binaryen.Type[] } {
    const { i32, block } = this.#module;
    const { always, outermost } = this.#schedule;
    const statements = this.#statementsOf(outermost);
    const word = always.reduce((all, { target, operands }) => {
      if (target.kind !== "output") return all;
      const bits = this.#words.converted(this.#assembled(operands[0]), operands[0].width, 32);
      return i32.or(all, i32.shl(bits, i32.const(target.at)));
    }, i32.const(0));
    return { body: block(null, [...statements, word], binaryen.i32), locals: this.#types };
  }

  #newLocal(type: binaryen.Type): number {
    return this.#types.push(type) - 1;
  }

  /** Values that are read more than once, computed once. */
  #statementsOf(scope: Scope): Expression[] {
    const statements: Expression[] = [];
    for (const node of this.#schedule.nodesOf(scope)) {
      if (this.#schedule.usesOf(node) < 2) continue;
      const value = this.#computed(node);
      const local = this.#newLocal(typeOf(node.width));
      this.#locals.set(node, local);
      statements.push(this.#module.local.set(local, value));
    }
    return statements;
  }

  /** Computes a root's operands and its flag; what the clock edge does is added to `commits`. */
  #root(root: Root, flags: number, commits: Expression[]): Expression {
    const { target } = root;
    if (target.kind === "output") return this.#module.nop();
    const { i64, block, local } = this.#module;
    const flag = () => this.#words.constant(1n << BigInt(commits.length), 64);
    const raise = local.set(flags, i64.or(local.get(flags, I64), flag()));
    const [compute, commit] =
      target.kind === "memory"
        ? this.#write(root, target, raise)
        : this.#update(root, target.register, raise);
    commits.push(
      this.#module.if(
        i64.ne(i64.and(local.get(0, I64), flag()), this.#words.constant(0n, 64)),
        block(null, commit),
      ),
    );
    return compute;
  }

  /** Where an operand waits for the clock edge. */
  #slot(
    root: Root,
    index: number,
  ): { store: (value: Expression) => Expression; load: () => Expression } {
    const at = (this.#layout.waiting.get(root) as number) + 8 * index;
    const ops = this.#words.of(root.operands[index].width);
    const base = () => this.#module.i32.const(0);
    return {
      store: (value) => ops.store(at, 0, base(), value),
      load: () => ops.load(at, 0, base()),
    };
  }

  #write(
    root: Root,
    target: Extract<Root["target"], { kind: "memory" }>,
    raise: Expression,
  ): [compute: Expression, commit: Expression[]] {
    const [address, data] = [this.#slot(root, 0), this.#slot(root, 1)];
    const commit = storeBits(this.#module, this.#words, {
      ...target,
      base: this.#layout.memories.get(target.memory) as number,
      length: root.operands[1].width,
      address: address.load,
      data: data.load,
    });
    const compute = this.#module.block(null, [
      address.store(this.#assembled(root.operands[0])),
      data.store(this.#assembled(root.operands[1])),
      raise,
    ]);
    return [compute, [commit, this.#notify(target, address.load)]];
  }

  #update(root: Root, register: Node, raise: Expression): [Expression, Expression[]] {
    const { i32, block, local } = this.#module;
    const offset = this.#layout.registers.get(register) as number;
    const type = typeOf(register.width);
    const ops = this.#words.of(register.width);
    const next = this.#newLocal(type);
    const slot = this.#slot(root, 0);
    const now = () => ops.load(offset, 0, i32.const(0));
    const compute = block(null, [
      local.set(next, this.#assembled(root.operands[0])),
      this.#module.if(
        ops.ne(local.get(next, type), now()),
        block(null, [slot.store(local.get(next, type)), raise]),
      ),
    ]);
    const commit = [
      this.#notify(root.target, () => ops.xor(slot.load(), now())),
      ops.store(offset, 0, i32.const(0), slot.load()),
    ];
    return [compute, commit];
  }

  #valueOf(node: Node): Expression {
    const local = this.#locals.get(node);
    if (local === undefined) return this.#computed(node);
    return this.#module.local.get(local, typeOf(node.width));
  }

  #computed(node: Node): Expression {
    const { operation, width } = node;
    if (operation === "input") return this.#input();
    if (!("operator" in operation)) {
      const offset = this.#layout.registers.get(node) as number;
      return this.#words.of(width).load(offset, 0, this.#module.i32.const(0));
    }
    if (operation.operator === "mux") return this.#mux(node);
    if (operation.operator === "load") return this.#load(node, operation);
    return this.#words.operate(
      operation.operator,
      node.operands.map((operand) => this.#assembled(operand)),
      node.operands.map((operand) => operand.width),
      width,
      operation.signed,
    );
  }

  #load({ operands, width }: Node, { source }: Operation): Expression {
    const { memory, byte } = source as NonNullable<Operation["source"]>;
    const base = this.#layout.memories.get(memory) as number;
    const address = this.#assembled(operands[0]);
    return loadOf(this.#module, this.#words, { memory, base, byte, width, address });
  }

  #mux(node: Node): Expression {
    const [select, otherwise, chosen] = node.operands;
    const condition = this.#assembled(select);
    const arms = this.#schedule.armsOf(node);
    if (!arms) {
      return this.#module.select(condition, this.#assembled(chosen), this.#assembled(otherwise));
    }
    const type = typeOf(node.width);
    const [no, yes] = (
      [
        [arms[0], otherwise],
        [arms[1], chosen],
      ] as const
    ).map(([scope, operand]) =>
      this.#module.block(null, [...this.#statementsOf(scope), this.#assembled(operand)], type),
    );
    return this.#module.if(condition, yes, no);
  }

  /** The word that these slices and constants make. */
  #assembled({ width, slices, constant }: Segments<Node>): Expression {
    const words = this.#words;
    const ops = words.of(width);
    const parts = slices.map(({ value, from, length, at, repeat }) => {
      let part = this.#valueOf(value);
      if (from > 0) part = words.of(value.width).shr_u(part, words.number(from, value.width));
      part = words.converted(part, value.width, width);
      if (repeat > 0) {
        part = words.masked(words.signExtended(part, length, width), length + repeat, width);
      } else if (from + length < value.width) part = words.masked(part, length, width);
      return at > 0 ? ops.shl(part, words.number(at, width)) : part;
    });
    if (constant !== 0n || parts.length === 0) parts.push(words.constant(constant, width));
    return parts.reduce((a, b) => ops.or(a, b));
  }
}
