/**
 * `npm run bench:mac`: nomul's engine beside a plain int8 multiply-accumulate engine, same chip, same
 * flow, same memory, same function. Progress on stderr, two tables on stdout; `--json` prints all figures.
 */
import { loadDigits } from "../../examples/digits/data.ts";
import { inspectImage } from "../../host/index.ts";
import { thousands } from "../../host/report/table.ts";
import { nomulResult, rowsOf } from "./accuracy.ts";
import { derived, type EngineFigures } from "./figures.ts";
import { packInt8 } from "./pack.ts";
import { engineTable, type WidthFigures, widthTable } from "./report.ts";
import { nomulCycles, type Simulated, simulatePlain } from "./simulate.ts";
import { engineSources } from "./sources.ts";
import { costOf, lut4Of } from "./synthesise.ts";
import { equalWidth, meanAccuracy } from "./widths.ts";

/** Of split and training, and of placement; the first one also of random networks. */
const SEEDS = [1, 2, 3];

const say = (text: string) => process.stderr.write(`${text}\n`);
const started = performance.now();
const verilog = engineSources();

// Networks
const learned = SEEDS.map((seed) => {
  say(`nomul, seed ${seed} …`);
  return nomulResult(seed);
});
const { hidden, of } = equalWidth(meanAccuracy(learned), SEEDS, say);
const network = of.get(hidden)![0].network;
const packed = packInt8(network);

// Bits and clocks
const rows = rowsOf(loadDigits(SEEDS[0]).test);
say("simulating the plain engine in look-up tables …");
const inLuts = await simulatePlain(false, network, rows, SEEDS[0]);
say("simulating the plain engine with DSP blocks …");
const inDsps = await simulatePlain(true, network, rows, SEEDS[0]);
const counted = await nomulCycles(learned[0].image, rows[0], say);
const differingBits = [inLuts, inDsps].reduce(
  (sum, { random, digits }) => sum + random.differingBits + digits.differingBits,
  0,
);

// Cost
const cost = (name: string, top: string, parameters: Readonly<Record<string, string>>) =>
  costOf(verilog, top, parameters, SEEDS, (text) => say(`${name}: ${text}`));

async function nomulFigures(): Promise<EngineFigures> {
  const { image } = learned[0];
  const report = inspectImage(image);
  const [first] = report.steps;
  return {
    name: "nomul",
    shape: `784 → ${first.outputs} → 10, ${report.steps.map((s) => s.codebooks).join(" + ")} codebooks`,
    accuracy: meanAccuracy(learned),
    parameterBytes: report.steps.reduce((sum, s) => sum + s.tableBytes, 0),
    deviceBytes: report.deviceBytes,
    ...counted,
    hiddenOutputs: first.outputs,
    bitsPerOutput: (8 * (first.tableBytes + first.parameterBytes)) / first.outputs,
    cost: await cost("nomul", "nomul_core", {}),
    operatorLut4: await lut4Of(verilog, "maddness"),
    laneLut4: await lut4Of(verilog, "accumulate"),
  };
}

async function plainFigures(name: string, dsp: boolean, simulated: Simulated) {
  const parameters = { DSP: dsp ? "1'b1" : "1'b0" };
  const lut4 = await lut4Of(verilog, "mac_dot", parameters);
  return {
    name,
    shape: `784 → ${hidden} → 10, int8`,
    accuracy: meanAccuracy(of.get(hidden)!),
    parameterBytes: packed.weightBytes,
    deviceBytes: packed.bytes.length,
    cycles: simulated.digits.cycles,
    hiddenCycles: simulated.cyclesOf(network.slice(0, 1)),
    hiddenOutputs: hidden,
    bitsPerOutput: packed.bitsPerOutput,
    cost: await cost(name, "mac_core", parameters),
    operatorLut4: lut4,
    laneLut4: lut4,
  };
}

const engines: EngineFigures[] = [
  await nomulFigures(),
  await plainFigures("int8 in LUTs", false, inLuts),
  await plainFigures("int8 in DSPs", true, inDsps),
];

const widths: WidthFigures[] = [
  {
    name: `nomul, ${engines[0].shape}`,
    float: learned.map((l) => l.float),
    accuracy: learned.map((l) => l.accuracy),
    parameterBytes: engines[0].parameterBytes,
    cycles: counted.cycles,
  },
  ...[...of].map(([width, results]) => ({
    name: `int8, 784 → ${width} → 10`,
    float: results.map((r) => r.float),
    accuracy: results.map((r) => r.accuracy),
    parameterBytes: packInt8(results[0].network).weightBytes,
    cycles: inLuts.cyclesOf(results[0].network),
  })),
];

const zeros = rows.reduce((sum, row) => sum + row.filter((v) => v === 0).length, 0);
const zeroPixels = zeros / (rows.length * rows[0].length);
const seconds = (performance.now() - started) / 1000;

if (process.argv.includes("--json")) {
  const figures = engines.map((engine) => ({ ...engine, derived: derived(engine) }));
  const checks = [inLuts, inDsps].map(({ random, digits }) => ({ random, digits }));
  const all = {
    seeds: SEEDS,
    engines: figures,
    widths,
    checks,
    differingBits,
    zeroPixels,
    seconds,
  };
  process.stdout.write(`${JSON.stringify(all)}\n`);
} else {
  const checked = `${thousands(inLuts.digits.rows)} held-out digits and ${inLuts.random.rows} rows of random networks (seed ${SEEDS[0]})`;
  process.stdout.write(
    `${engineTable(engines)}\n${widthTable(widths, SEEDS)}\n` +
      `Plain engine, both variants, against its definition: ${checked} each, ${differingBits} differing bits.\n` +
      `${(100 * zeroPixels).toFixed(1)} % of the held-out pixels are 0. Seeds ${SEEDS.join(", ")}; took ${thousands(seconds)} s.\n`,
  );
}
process.exitCode = differingBits === 0 ? 0 : 9;
