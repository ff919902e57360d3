/**
 * `npm run coverage`: how much of the gateware runs under the conformance vectors, hostile frames,
 * slots and line rates. A line a file on stdout, then lines that never ran. Fails below LINES_WANTED.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { gatewareParameters, readGateware } from "../../host/board/gateware.ts";
import { loadBoard } from "../../host/board/load.ts";
import { packageRoot } from "../../host/package-root.ts";
import { DirectDevice } from "../direct.ts";
import { fuzzGateware } from "../fuzz-gateware.ts";
import { boardWith, rollBackTo, run, threeImages, update } from "../power-cut.ts";
import { buildNative, missingTools } from "./build.ts";
import { casesFor, conform } from "./conform.ts";
import { addCounts, type FileCoverage } from "./counts.ts";
import { NativeMachine } from "./machine.ts";

const LINES_WANTED = 0.95;
const SEED = 20261123;
const FRAMES = 2000;

const missing = missingTools();
if (missing) {
  process.stderr.write(`needs ${missing}\n`);
  process.exit(2);
}
const folder = join(packageRoot, "build", "native", "coverage");
const counts = join(folder, "counts");
rmSync(counts, { recursive: true, force: true });
mkdirSync(counts, { recursive: true });

function start(id: string): { machine: NativeMachine; unequal: number } {
  const board = loadBoard(id);
  const { files, firmware } = readGateware();
  process.stderr.write(`${id}: Verilator\n`);
  const path = buildNative({
    board,
    verilog: files,
    parameters: gatewareParameters(board, board.simulation.divisor, firmware),
    options: ["--coverage-line", "--coverage-toggle"],
    folder: join(folder, id),
  });
  const machine = new NativeMachine(path, { NOMUL_COVERAGE: join(counts, id) });
  const device = new DirectDevice(machine);
  device.powerCycle();
  process.stderr.write(`${id}: conformance vectors\n`);
  let unequal = 0;
  for (const some of casesFor(board).fitting) unequal += conform(device, some).unequal;
  return { machine, unequal };
}

/** Images kept, rolled back, refused; a chip that is not there; rates changed and not kept. */
function slotsAndRates(machine: NativeMachine): void {
  const { first, second } = threeImages("outputs-1");
  const device = boardWith(machine, [first, second]);
  run(device, rollBackTo(second, first));
  device.request("LOAD", 2);
  device.powerCycle();
  run(device, update(first, second));
  machine.fitFlash(false);
  device.request("STORE", second.deviceCrc);
  device.powerCycle();
  machine.fitFlash(true);
  device.powerCycle();
  machine.setLine(4);
  device.request("BAUD", 26);
  machine.run(12_000, true);
  machine.setLine(26);
  device.request("HELLO");
  // At this rate nothing is understood, so the device goes back.
  machine.push(Uint8Array.of(0x55));
  machine.run(12_000_000, true);
  machine.setLine(4);
  device.request("STATUS");
  // A byte without a stop bit
  machine.setLine(64);
  machine.push(new Uint8Array(4));
  machine.run(12_000, true);
  machine.setLine(4);
  device.request("RESET");
}

const icebreaker = start("icebreaker");
process.stderr.write(`icebreaker: ${FRAMES} hostile frames, seed ${SEED}\n`);
icebreaker.machine.fresh();
fuzzGateware(icebreaker.machine, SEED, FRAMES);
process.stderr.write("icebreaker: slots and rates\n");
icebreaker.machine.fresh();
slotsAndRates(icebreaker.machine);
icebreaker.machine.close();
const hx8k = start("hx8k-evn");
hx8k.machine.close();
const unequal = icebreaker.unequal + hx8k.unequal;

const coverage = new Map<string, FileCoverage>();
for (const name of readdirSync(counts)) {
  addCounts(coverage, readFileSync(join(counts, name), "latin1"));
}

const ranOf = (map: ReadonlyMap<unknown, boolean>) => [...map.values()].filter(Boolean).length;
const percent = (ran: number, all: number) => `${((100 * ran) / Math.max(1, all)).toFixed(1)} %`;
const sum = { lines: 0, ran: 0, bits: 0, changed: 0 };
for (const [name, { lines, bits }] of [...coverage].sort(([a], [b]) => (a < b ? -1 : 1))) {
  const [ran, changed] = [ranOf(lines), ranOf(bits)];
  sum.lines += lines.size;
  sum.ran += ran;
  sum.bits += bits.size;
  sum.changed += changed;
  const never = [...lines].filter(([, did]) => !did).map(([line]) => line);
  process.stdout.write(
    `${name}: lines ${ran} of ${lines.size}, bits ${changed} of ${bits.size}` +
      `${never.length ? `; never ran: ${never.sort((a, b) => a - b).join(", ")}` : ""}\n`,
  );
}
process.stdout.write(
  `${percent(sum.ran, sum.lines)} of ${sum.lines} lines, ${percent(sum.changed, sum.bits)} of ` +
    `${sum.bits} bits; ${unequal} outputs unequal\n`,
);
process.exitCode = sum.ran >= LINES_WANTED * sum.lines && sum.lines > 0 && unequal === 0 ? 0 : 1;
