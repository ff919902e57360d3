/**
 * `npm run prove:gates`: the conformance vectors on the synthesised netlists of an iCE40UP5K and an
 * iCE40HX8K, with the vendor's cells as Yosys models them. A line a vector on stdout, last the counts.
 * `node dist/test/native/gates.js [board …]`
 */
import { join } from "node:path";
import { loadBoard } from "../../host/board/load.ts";
import { packageRoot } from "../../host/package-root.ts";
import { DirectDevice } from "../direct.ts";
import { buildNative, missingTools } from "./build.ts";
import { casesFor, conform } from "./conform.ts";
import { NativeMachine } from "./machine.ts";
import { netlistOf, netlistOptions } from "./netlist.ts";

/** @returns whether all that fits the board was equal, and something fitted */
async function proveGates(id: string): Promise<boolean> {
  const board = loadBoard(id);
  const folder = join(packageRoot, "build", "native", `gates-${id}`);
  const start = performance.now();
  const seconds = () => ((performance.now() - start) / 1000).toFixed(0);

  process.stderr.write(`${id}: Yosys: gateware to netlist\n`);
  const verilog = await netlistOf(board);
  process.stderr.write(`${id}: Verilator: netlist to program, after ${seconds()} s\n`);
  const path = buildNative({ board, verilog, options: netlistOptions, folder });
  process.stderr.write(`${id}: built, after ${seconds()} s\n`);

  const machine = new NativeMachine(path);
  const device = new DirectDevice(machine);
  device.powerCycle();
  const { fitting, absent } = casesFor(board);
  let outputs = 0;
  let unequal = 0;
  for (const some of fitting) {
    const result = conform(device, some);
    outputs += result.outputs;
    unequal += result.unequal;
    const verdict = result.unequal === 0 ? "equal" : `${result.unequal} UNEQUAL`;
    process.stdout.write(`${id}, ${some.name}: ${result.outputs} outputs ${verdict}\n`);
  }
  for (const line of absent) process.stdout.write(`${id}, absent: ${line}\n`);
  const millions = (machine.cycles / 1e6).toFixed(1);
  machine.close();
  process.stdout.write(
    `${id}: ${fitting.length} of ${fitting.length + absent.length} vectors, ${outputs} outputs, ` +
      `${unequal} unequal; ${millions} million cycles, ${seconds()} s\n`,
  );
  return unequal === 0 && fitting.length > 0;
}

const missing = missingTools();
if (missing) {
  process.stderr.write(`needs ${missing}\n`);
  process.exit(2);
}
const given = process.argv.slice(2);
for (const id of given.length > 0 ? given : ["icebreaker", "hx8k-evn"]) {
  if (!(await proveGates(id))) process.exitCode = 1;
}
