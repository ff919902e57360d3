import binaryen from "binaryen";
import { graphOf } from "./graph.ts";
import { groupsOf } from "./groups.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { Lowered } from "./lower.ts";
import { type Bit, type Bits, ModelError, readNetlist } from "./read.ts";
import { addStep } from "./step.ts";

/** An array of the gateware in the model's exported memory. */
export interface ArrayPlace {
  /** Hierarchical name, e.g. `u_frame_buffer.mem` */
  readonly name: string;
  /** Bytes from the start of the memory */
  readonly offset: number;
  readonly rowBytes: number;
  /** Bits of a row, bit 0 in the first byte's bit 0 */
  readonly width: number;
  /** Rows */
  readonly depth: number;
}

/** Which nets are the model's argument and result. */
export interface Pins {
  readonly top: string;
  readonly clock: string;
  /** Input port → its lowest bit in the argument; several may share bits, the others are 0. */
  readonly inputs: Readonly<Record<string, number>>;
  /** Port or named net → its lowest bit in the result; a name that is not there reads 0. */
  readonly outputs: Readonly<Record<string, number>>;
}

export interface CompiledModel {
  readonly wasm: Uint8Array;
  readonly arrays: readonly ArrayPlace[];
}

const PAGE = 65536;
const FEATURES = binaryen.Features.BulkMemory | binaryen.Features.BulkMemoryOpt;

/**
 * Translates a netlist of Yosys (write_json after `proc; flatten; memory -nomap`) into a Wasm module
 * with `memory`, `reset()` (power-on) and `step(inputs: i32): i32`, which is one clock cycle: it
 * gives the outputs as they are before the rising edge, then carries out the edge. Values are two-state:
 * what Yosys leaves undefined is 0.
 * @throws ModelError for what it cannot translate: other cells, clocks, combinational loops, words
 *   of more than 64 bits where an operation cannot be split
 */
export function compileNetlist(json: string, pins: Pins): CompiledModel {
  const netlist = readNetlist(json, pins.top);
  const netsOf = (name: string): Bits => netlist.nets.get(name) ?? [];
  const argument = new Map<Bit, number>();
  for (const [name, at] of Object.entries(pins.inputs)) {
    netsOf(name).forEach((net, i) => {
      argument.set(net, at + i);
    });
  }
  const outputs = Object.entries(pins.outputs).map(([name, at]) => ({ bits: netsOf(name), at }));
  const [clock] = netsOf(pins.clock);
  if (clock === undefined) throw new ModelError(`the netlist has no clock ${pins.clock}`);
  const lowered = new Lowered(netlist, clock);
  for (const name of netlist.inputs) {
    if (!(name in pins.inputs) && name !== pins.clock) lowered.join(netsOf(name), []);
  }
  const roots = graphOf(
    lowered,
    argument,
    outputs.filter(({ bits }) => bits.length > 0),
  );
  const groups = groupsOf(roots);
  const layout = layoutOf([...groups.wires, ...groups.blocks], netlist.initial);
  const module = new binaryen.Module();
  try {
    module.setFeatures(FEATURES);
    addMemory(module, layout);
    addReset(module, layout, addStep(module, groups, layout));
    if (!module.validate()) throw new ModelError("the model is not valid Wasm");
    return { wasm: optimised(module.emitBinary()), arrays: places(layout) };
  } finally {
    module.dispose();
  }
}

/**
 * Reads the module back first: Binaryen takes plain loads that were made through its interface for
 * signed ones, and makes a sign-extending load of one whose value is zero-extended.
 */
function optimised(wasm: Uint8Array): Uint8Array {
  const module = binaryen.readBinary(wasm);
  try {
    module.setFeatures(FEATURES);
    binaryen.setOptimizeLevel(2);
    binaryen.setShrinkLevel(0);
    module.optimize();
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}

const places = ({ memories }: Layout): ArrayPlace[] =>
  [...memories].map(([{ name, rowBytes, width, depth }, offset]) => ({
    name,
    offset,
    rowBytes,
    width,
    depth,
  }));

function addMemory(module: binaryen.Module, { bytes, initial }: Layout): void {
  const pages = Math.ceil(bytes / PAGE);
  const segments = initial.map(({ data }) => ({ offset: 0, data, passive: true }));
  module.setMemory(pages, pages, "memory", segments);
}

/** @param clear what it does beside putting the memory into the state of power-on */
function addReset(
  module: binaryen.Module,
  { bytes, initial }: Layout,
  clear: readonly binaryen.ExpressionRef[],
): void {
  const { i32, memory } = module;
  const body = [
    ...clear,
    memory.fill(i32.const(0), i32.const(0), i32.const(bytes)),
    ...initial.map(({ offset, data }, i) =>
      memory.init(String(i), i32.const(offset), i32.const(0), i32.const(data.length)),
    ),
    module.call("refresh", [], binaryen.none),
  ];
  module.addFunction("reset", binaryen.none, binaryen.none, [], module.block(null, body));
  module.addFunctionExport("reset", "reset");
}
