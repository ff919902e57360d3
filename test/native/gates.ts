/**
 * `npm run prove:gates`: the conformance vectors on the synthesised netlist of a board, with the
 * vendor's cells as Yosys models them. A line a vector on stdout, last the counts.
 * `node dist/test/native/gates.js [vector …]`
 */
import { join } from "node:path";
import { loadBoard } from "../../host/board/load.ts";
import { packageRoot } from "../../host/package-root.ts";
import { DirectDevice } from "../direct.ts";
import { buildNative, missingTools } from "./build.ts";
import { casesFor, conform } from "./conform.ts";
import { NativeMachine } from "./machine.ts";
import { netlistOf, netlistOptions } from "./netlist.ts";

const missing = missingTools();
if (missing) {
  process.stderr.write(`needs ${missing}\n`);
  process.exit(2);
}
const names = process.argv.slice(2);
const board = loadBoard("icebreaker");
const folder = join(packageRoot, "build", "native", "gates");
const start = performance.now();
const seconds = () => ((performance.now() - start) / 1000).toFixed(0);

process.stderr.write("Yosys: gateware to netlist\n");
const verilog = await netlistOf(board);
process.stderr.write(`Verilator: netlist to program, after ${seconds()} s\n`);
const path = buildNative({ board, verilog, options: netlistOptions, folder });
process.stderr.write(`built, after ${seconds()} s\n`);

const machine = new NativeMachine(path);
const device = new DirectDevice(machine);
device.powerCycle();
const { fitting, absent } = casesFor(board);
const chosen = names.length ? fitting.filter(({ vector }) => names.includes(vector.id)) : fitting;
let outputs = 0;
let unequal = 0;
for (const some of chosen) {
  const result = conform(device, some);
  outputs += result.outputs;
  unequal += result.unequal;
  const verdict = result.unequal === 0 ? "equal" : `${result.unequal} UNEQUAL`;
  process.stdout.write(`${some.name}: ${result.outputs} outputs ${verdict}\n`);
}
for (const line of absent) process.stdout.write(`absent: ${line}\n`);
const millions = (machine.cycles / 1e6).toFixed(1);
machine.close();
process.stdout.write(
  `${chosen.length} of ${fitting.length + absent.length} vectors, ${outputs} outputs, ${unequal} unequal; ` +
    `${millions} million cycles, ${seconds()} s\n`,
);
process.exitCode = unequal === 0 && chosen.length > 0 ? 0 : 1;
