/** `npm run bench`: kernels, gateware, link and simulator, as a Markdown table on stdout. */
import { cpus } from "node:os";
import { Bench } from "tinybench";
import { Device, deviceWasm, flashImage, openPort } from "../host/index.ts";
import { thousands } from "../host/report/table.ts";
import { createRuntime } from "../host/runtime/wasm.ts";
import { shapeImage } from "./shape.ts";

const rows: (readonly [what: string, figure: string, limit: string])[] = [];
const say = (text: string) => process.stderr.write(`${text}\n`);

const shape = shapeImage();
const LOOKUPS = 98 * 64 + 32 * 10;

/** One row at a time on the device Wasm. */
async function wasm(): Promise<void> {
  say("Wasm kernels …");
  const runtime = createRuntime(shape);
  const input = shape.golden[0].input;
  const bench = new Bench({ time: 2000 }).add("infer", () => {
    runtime.infer(input);
  });
  await bench.run();
  const { result } = bench.tasks[0];
  if (result.state !== "completed") throw new Error("the benchmark did not complete");
  const { p50, p99 } = result.latency;
  rows.push([
    "device Wasm, scalar, 784 → 64 → 10, one row",
    `${(p50 * 1000).toFixed(1)} µs median, ${(p99 * 1000).toFixed(1)} µs p99`,
    `${thousands((LOOKUPS / p50) * 1000)} look-ups/s`,
  ]);
  rows.push(["device Wasm", `${thousands(deviceWasm().length)} bytes`, "limit 4,096"]);
}

async function simulator(): Promise<void> {
  say("simulator …");
  const port = await openPort("sim:icebreaker", { onProgress: say });
  const device = await Device.open(port);
  const flash = await flashImage(device, shape);
  const ceiling = device.info.baud * 0.8 * 0.125;
  rows.push([
    "flashing over the link, device time",
    `${thousands(flash.deviceBytesPerSecond)} bytes/s`,
    `${((flash.deviceBytesPerSecond / ceiling) * 100).toFixed(1)} % of the 8N1 ceiling ${thousands(ceiling)}`,
  ]);
  const { cycles: hidden } = await device.infer(Uint8Array.from(shape.golden[0].input), 1);
  const lookups = (98 * 64) / hidden;
  rows.push([
    "gateware, hidden layer 784 → 64, 98 codebooks",
    `${hidden} cycles, ${lookups.toFixed(2)} look-ups a cycle`,
    `${((lookups / device.info.lanes) * 100).toFixed(1)} % of ${device.info.lanes} lanes`,
  ]);
  const speeds: number[] = [];
  for (let run = 0; run < 5; run++) {
    const before = await port.simulator!.stats();
    await device.selftest(run + 1, 2000, 2000);
    const after = await port.simulator!.stats();
    speeds.push((after.cycles - before.cycles) / (after.seconds - before.seconds));
  }
  speeds.sort((a, b) => a - b);
  rows.push([
    "simulator sim:icebreaker, engine busy, 5 runs",
    `${(speeds[2] / 1e6).toFixed(2)} million cycles/s median (${(speeds[0] / 1e6).toFixed(2)}..${(speeds[4] / 1e6).toFixed(2)})`,
    `${((speeds[2] / device.info.clockHz) * 100).toFixed(0)} % of the board's clock`,
  ]);
  await port.close();
}

await wasm();
await simulator();
const cpu = cpus();
process.stdout.write(
  `Node ${process.version}, ${cpu.length} × ${cpu[0].model.trim()}\n\n| what | measured | against |\n| --- | --- | --- |\n${rows
    .map((row) => `| ${row.join(" | ")} |`)
    .join("\n")}\n`,
);
