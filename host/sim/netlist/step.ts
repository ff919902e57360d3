import binaryen from "binaryen";
import { GroupEmitter, type Notify } from "./emit.ts";
import type { Group, Node } from "./graph.ts";
import type { Layout } from "./layout.ts";
import type { Memory } from "./memory.ts";
import { Words } from "./words.ts";

/** Groups of which each has a bit of its own. */
const FLAGS = 64;

const INPUTS = "inputs";
const OUTPUTS = "outputs";
/** Bit per group: something that it reads has changed since it was computed. */
const STALE = "stale";

/** Adds `step(inputs): outputs` and the globals that `reset` clears; returns what that has to do. */
export function addStep(
  module: binaryen.Module,
  groups: readonly Group[],
  layout: Layout,
): binaryen.ExpressionRef[] {
  const { i32, i64, global, local, block } = module;
  const words = new Words(module);
  const flags = (value: bigint) => words.constant(value, FLAGS);
  const flagOf = (index: number) => 1n << BigInt(index % FLAGS);

  const mark = (flag: bigint) =>
    global.set(STALE, i64.or(global.get(STALE, binaryen.i64), flags(flag)));
  const readers = readersOf(groups, flagOf);
  const notify: Notify = (target, difference) => {
    if (target.kind === "output") return module.nop();
    if (target.kind === "memory") return mark(readers.memories.get(target.memory) ?? 0n);
    const { width } = target.register;
    const all = (1n << BigInt(width)) - 1n;
    const marks = [...(readers.registers.get(target.register) ?? [])].map(([bits, flag]) =>
      bits === all
        ? mark(flag)
        : module.if(
            words
              .of(width)
              .ne(
                words.of(width).and(difference(), words.constant(bits, width)),
                words.constant(0n, width),
              ),
            mark(flag),
          ),
    );
    return block(null, marks);
  };

  module.addGlobal(INPUTS, binaryen.i32, true, i32.const(0));
  module.addGlobal(OUTPUTS, binaryen.i32, true, i32.const(0));
  module.addGlobal(STALE, binaryen.i64, true, flags(0n));
  const input = () => global.get(INPUTS, binaryen.i32);

  // Locals: 0 the argument, 1 the flags of this cycle, then for each group what is to change.
  const stale = (index: number) =>
    i64.ne(i64.and(local.get(1, binaryen.i64), flags(flagOf(index))), flags(0n));
  const computes: binaryen.ExpressionRef[] = [];
  const commits: binaryen.ExpressionRef[] = [];
  groups.forEach((group, index) => {
    const emitter = new GroupEmitter(module, words, layout, group, input, notify);
    const compute = `compute${index}`;
    if (group.roots[0].target.kind === "output") {
      const { body, locals } = emitter.outputs();
      module.addFunction(compute, binaryen.none, binaryen.i32, [...locals], body);
      const call = module.call(compute, [], binaryen.i32);
      computes.push(module.if(stale(index), global.set(OUTPUTS, call)));
      return;
    }
    const halves = emitter.halves();
    module.addFunction(compute, binaryen.none, binaryen.i64, [...halves.locals], halves.compute);
    module.addFunction(`commit${index}`, binaryen.i64, binaryen.none, [], halves.commit);
    const changes = () => local.get(2 + index, binaryen.i64);
    const call = module.call(compute, [], binaryen.i64);
    computes.push(module.if(stale(index), local.set(2 + index, call)));
    commits.push(
      module.if(
        i64.ne(changes(), flags(0n)),
        module.call(`commit${index}`, [changes()], binaryen.none),
      ),
    );
  });

  const body = block(
    null,
    [
      module.if(
        i32.ne(local.get(0, binaryen.i32), input()),
        block(null, [global.set(INPUTS, local.get(0, binaryen.i32)), mark(readers.input)]),
      ),
      local.set(1, global.get(STALE, binaryen.i64)),
      global.set(STALE, flags(0n)),
      ...computes,
      ...commits,
      global.get(OUTPUTS, binaryen.i32),
    ],
    binaryen.i32,
  );
  const types = Array<binaryen.Type>(1 + groups.length).fill(binaryen.i64);
  module.addFunction("step", binaryen.i32, binaryen.i32, types, body);
  module.addFunctionExport("step", "step");
  module.addFunction("refresh", binaryen.none, binaryen.none, [], global.set(STALE, flags(-1n)));
  module.addFunctionExport("refresh", "refresh");
  return [
    global.set(INPUTS, i32.const(0)),
    global.set(OUTPUTS, i32.const(0)),
    global.set(STALE, flags(-1n)),
  ];
}

interface Readers {
  /** Groups that read a register: those that read the same of its bits are together. */
  readonly registers: ReadonlyMap<Node, ReadonlyMap<bigint, bigint>>;
  readonly memories: ReadonlyMap<Memory, bigint>;
  readonly input: bigint;
}

function readersOf(groups: readonly Group[], flagOf: (index: number) => bigint): Readers {
  const registers = new Map<Node, Map<bigint, bigint>>();
  const memories = new Map<Memory, bigint>();
  let input = 0n;
  groups.forEach(({ nodes, roots }, index) => {
    const read = new Map<Node, bigint>();
    const operands = [
      ...nodes.flatMap((node) => node.operands),
      ...roots.flatMap((root) => root.operands),
      ...roots.flatMap(({ enable }) => (enable === "1" ? [] : [enable])),
    ];
    for (const { value, from, length } of operands.flatMap(({ slices }) => slices)) {
      const bits = ((1n << BigInt(length)) - 1n) << BigInt(from);
      read.set(value, (read.get(value) ?? 0n) | bits);
    }
    for (const [node, bits] of read) {
      if (node.operation === "input") input |= flagOf(index);
      else if ("next" in node.operation) {
        const by = registers.get(node) ?? new Map<bigint, bigint>();
        by.set(bits, (by.get(bits) ?? 0n) | flagOf(index));
        registers.set(node, by);
      } else if (node.operation.source) {
        const { memory } = node.operation.source;
        memories.set(memory, (memories.get(memory) ?? 0n) | flagOf(index));
      }
    }
  });
  return { registers, memories, input };
}
