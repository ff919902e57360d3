import binaryen from "binaryen";
import { isOperation, type Node, type Root } from "./graph.ts";
import type { Group } from "./groups.ts";
import type { Layout } from "./layout.ts";
import type { Operation } from "./lower.ts";
import { loadOf, storeBits } from "./rows.ts";
import { type Schedule, type Scope, scheduleOf } from "./schedule.ts";
import type { Segments } from "./segments.ts";
import { typeOf, type Words } from "./words.ts";

type Expression = binaryen.ExpressionRef;

export interface Body {
  readonly body: Expression;
  /** Types of its locals. */
  readonly locals: readonly binaryen.Type[];
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
  readonly #reads: Group["reads"];
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
    this.#reads = group.reads;
  }

  /** First everything is computed from what was before, then the roots are changed. */
  changes(): Body {
    const module = this.#module;
    const { block, local } = module;
    const { always, guards, outermost } = this.#schedule;
    const compute = this.#statementsOf(outermost);
    const change: Expression[] = [];
    for (const root of always) change.push(this.#root(root, compute));
    for (const { enable, scope, roots } of guards) {
      const enabled = this.#newLocal(binaryen.i32);
      const get = () => local.get(enabled, binaryen.i32);
      compute.push(local.set(enabled, this.#assembled(enable)));
      const inner = scope.dissolved ? [] : this.#statementsOf(scope);
      const changes = roots.map((root) => this.#root(root, inner));
      compute.push(scope.dissolved ? block(null, inner) : module.if(get(), block(null, inner)));
      change.push(module.if(get(), block(null, changes)));
    }
    return { body: block(null, [...compute, ...change]), locals: this.#types };
  }

  /** For a group of outputs: gives them as one word. */
  outputs(): Body {
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

  /** Adds to `compute` what computes a root's operands; returns what changes it. */
  #root({ target, operands }: Root, compute: Expression[]): Expression {
    const module = this.#module;
    const { block, local } = module;
    const values = operands.map((operand) => {
      const type = typeOf(operand.width);
      const index = this.#newLocal(type);
      compute.push(local.set(index, this.#assembled(operand)));
      return () => local.get(index, type);
    });
    if (target.kind === "output") return module.nop();
    if (target.kind === "memory") {
      const [address, data] = values;
      const base = this.#layout.memories.get(target.memory) as number;
      const write = { ...target, base, length: operands[1].width, address, data };
      return block(null, [storeBits(module, this.#words, write), this.#notify(target, address)]);
    }
    const [next] = values;
    const place = this.#placeOf(target);
    const ops = this.#words.of(operands[0].width);
    const now = () => ops.load(place, 0, module.i32.const(0));
    const change = [
      this.#notify(target, () => ops.xor(next(), now())),
      ops.store(place, 0, module.i32.const(0), next()),
    ];
    return module.if(ops.ne(next(), now()), block(null, change));
  }

  #placeOf(target: Extract<Root["target"], { kind: "register" | "wire" }>): number {
    const { registers, wires } = this.#layout;
    const place = target.kind === "wire" ? wires.get(target.wire) : registers.get(target.register);
    return place as number;
  }

  #valueOf(node: Node): Expression {
    const local = this.#locals.get(node);
    if (local === undefined) return this.#computed(node);
    return this.#module.local.get(local, typeOf(node.width));
  }

  #computed(node: Node): Expression {
    const { operation, width } = node;
    if (operation === "input") return this.#input();
    if (!isOperation(operation) || this.#reads(node)) {
      const { registers, wires } = this.#layout;
      const place = (this.#reads(node) ? wires : registers).get(node) as number;
      return this.#words.of(width).load(place, 0, this.#module.i32.const(0));
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
