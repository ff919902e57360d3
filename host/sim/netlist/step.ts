import binaryen from "binaryen";
import { GroupEmitter, type Notify } from "./emit.ts";
import { Flags } from "./flags.ts";
import { isOperation, type Node, operandsOf } from "./graph.ts";
import type { Group, Groups } from "./groups.ts";
import type { Layout } from "./layout.ts";
import type { Memory } from "./memory.ts";
import { Words } from "./words.ts";

const INPUTS = "inputs";
const OUTPUTS = "outputs";

/** Adds `step(inputs): outputs` and `refresh()`; returns what `reset()` has to do beside its own. */
export function addStep(
  module: binaryen.Module,
  { wires, blocks }: Groups,
  layout: Layout,
): binaryen.ExpressionRef[] {
  const { i32, global, local, block } = module;
  const words = new Words(module);
  const groups = [...wires, ...blocks];
  /** Something that the group reads has changed since it was computed. */
  const stale = new Flags(module, layout.stale, groups.length);

  const readers = readersOf(groups);
  const notify: Notify = (target, difference) => {
    if (target.kind === "output") return module.nop();
    if (target.kind === "memory") return stale.set(readers.memories.get(target.memory) ?? 0n);
    const isWire = target.kind === "wire";
    const value = isWire ? target.wire : target.register;
    const by = (isWire ? readers.wires : readers.registers).get(value) ?? [];
    const ops = words.of(value.width);
    const all = (1n << BigInt(value.width)) - 1n;
    const marks = [...by].map(([bits, flags]) => {
      if (bits === all) return stale.set(flags);
      const read = ops.and(difference(), words.constant(bits, value.width));
      return module.if(ops.ne(read, words.constant(0n, value.width)), stale.set(flags));
    });
    return block(null, marks);
  };

  module.addGlobal(INPUTS, binaryen.i32, true, i32.const(0));
  module.addGlobal(OUTPUTS, binaryen.i32, true, i32.const(0));
  const input = () => global.get(INPUTS, binaryen.i32);
  const actions = groups.map((group, index): readonly [number, binaryen.ExpressionRef] => {
    const emitter = new GroupEmitter(module, words, layout, group, input, notify);
    const name = `group${index}`;
    if (group.roots[0].target.kind === "output") {
      const { body, locals } = emitter.outputs();
      module.addFunction(name, binaryen.none, binaryen.i32, [...locals], body);
      return [index, global.set(OUTPUTS, module.call(name, [], binaryen.i32))];
    }
    const { body, locals } = emitter.changes();
    module.addFunction(name, binaryen.none, binaryen.none, [...locals], body);
    return [index, module.call(name, [], binaryen.none)];
  });

  const argument = () => local.get(0, binaryen.i32);
  const take = block(null, [global.set(INPUTS, argument()), stale.set(readers.input)]);
  const body = block(
    null,
    [
      module.if(i32.ne(argument(), input()), take),
      stale.each(actions),
      global.get(OUTPUTS, binaryen.i32),
    ],
    binaryen.i32,
  );
  module.addFunction("step", binaryen.i32, binaryen.i32, [], body);
  module.addFunctionExport("step", "step");
  module.addFunction("refresh", binaryen.none, binaryen.none, [], stale.setAll());
  module.addFunctionExport("refresh", "refresh");
  return [global.set(INPUTS, i32.const(0)), global.set(OUTPUTS, i32.const(0))];
}

/** Groups as bits of a number. */
interface Readers {
  /** Groups that read the same bits of a value are together. */
  readonly registers: ReadonlyMap<Node, ReadonlyMap<bigint, bigint>>;
  readonly wires: ReadonlyMap<Node, ReadonlyMap<bigint, bigint>>;
  readonly memories: ReadonlyMap<Memory, bigint>;
  readonly input: bigint;
}

function readersOf(groups: readonly Group[]): Readers {
  const registers = new Map<Node, Map<bigint, bigint>>();
  const wires = new Map<Node, Map<bigint, bigint>>();
  const memories = new Map<Memory, bigint>();
  let input = 0n;
  groups.forEach(({ nodes, roots, reads }, index) => {
    const flag = 1n << BigInt(index);
    const read = new Map<Node, bigint>();
    const computed = nodes.filter((node) => !reads(node));
    const operands = [...computed.flatMap((node) => node.operands), ...roots.flatMap(operandsOf)];
    for (const { value, from, length } of operands.flatMap(({ slices }) => slices)) {
      const bits = ((1n << BigInt(length)) - 1n) << BigInt(from);
      read.set(value, (read.get(value) ?? 0n) | bits);
    }
    for (const [node, bits] of read) {
      const { operation } = node;
      if (operation === "input") input |= flag;
      else if (!isOperation(operation) || reads(node)) {
        const all = reads(node) ? wires : registers;
        const by = all.get(node) ?? new Map<bigint, bigint>();
        by.set(bits, (by.get(bits) ?? 0n) | flag);
        all.set(node, by);
      } else if (operation.source) {
        const { memory } = operation.source;
        memories.set(memory, (memories.get(memory) ?? 0n) | flag);
      }
    }
  });
  return { registers, wires, memories, input };
}
