/** The main job from end to end, without a board: `npm run demo`, see --help. */
import { writeFileSync } from "node:fs";
import { Command } from "commander";
import {
  accuracy,
  argmax,
  classify,
  flashImage,
  inspectImage,
  NomulError,
  openDevice,
  packImage,
  readImage,
  type TableImage,
  verifyDevice,
  verifyExitCode,
} from "../../host/index.ts";
import { Progress } from "../../host/report/progress.ts";
import { type Account, accountText } from "./account.ts";
import { type Digits, loadDigits } from "./data.ts";
import { trainDigits } from "./train.ts";

const options = new Command("demo")
  .description("learn digits, flash the simulated board, compare every bit")
  .option("--json", "print one JSON object on stdout")
  .option("--seed <n>", "seed of split, training and self-test", "1")
  .option("--port <path>", "another device, for example a real board", "sim:icebreaker")
  .option("-o, --output <file>", "table image to write", "digits.nomul")
  .option("--vectors <n>", "digits compared over the link", "500")
  .option("--selftest <n>", "self-test inferences", "20000")
  .option("--flip <bit>", "flip this bit of the device's table memory before verifying")
  .parse()
  .opts<{
    json?: boolean;
    seed: string;
    port: string;
    output: string;
    vectors: string;
    selftest: string;
    flip?: string;
  }>();

const progress = new Progress();
const GOLDEN_VECTORS = 8;

const rowsOf = ({ pixels, labels }: Digits): Uint8Array[] =>
  Array.from(labels, (_, i) => pixels.subarray(i * 784, (i + 1) * 784));

/** Learns, packs and writes the image. */
function learn(seed: number) {
  const { train, test } = loadDigits(seed);
  const trained = trainDigits(train, {
    seed,
    onProgress: (stage, fraction) => progress.update(stage, fraction),
  });
  const held = rowsOf(test);
  const float = trained.floatAccuracy(test);
  const bytes = packImage(
    { inputType: "u8", layers: trained.layers },
    {
      manifest: {
        tool: "nomul demo",
        labels: [..."0123456789"],
        input: { scale: 1, offset: 0 },
        outputScale: trained.outputScale,
        accuracy: { float },
        fit: {
          seed,
          split: "8000/2000",
          layers: trained.report.map(({ seconds: _, ...layer }) => layer),
        },
      },
      goldenInputs: held.slice(0, GOLDEN_VECTORS),
    },
  );
  writeFileSync(options.output, bytes);
  return { image: readImage(bytes, options.output), held, labels: test.labels, float };
}

/** Flashes, runs and verifies the image on the device. */
async function onDevice(image: TableImage, held: readonly Uint8Array[], seed: number) {
  const device = await openDevice(options.port, { onProgress: (text) => progress.busy(text) });
  const { port } = device;
  progress.end();
  try {
    const flash = await flashImage(device, image, {
      onProgress: (done, total) => progress.update("flashing", done / total),
    });
    if (options.flip) {
      if (!port.simulator) {
        throw new NomulError("E_USAGE", "only a simulator's memory can be changed from outside", {
          where: "--flip",
          next: "Use --port sim:icebreaker.",
        });
      }
      const bit = Number(options.flip);
      await port.simulator.poke("table", bit >> 3, bit & 7);
    }
    const verified = await verifyDevice(device, image, {
      inputs: held.slice(0, Number(options.vectors)),
      selfTestVectors: Number(options.selftest),
      seed,
      onProgress: (stage, done, total) => progress.update(stage, done / total),
    });
    const hidden = await device.infer(Uint8Array.from(held[0]), 1);
    return { flash, verified, hidden, simulator: await port.simulator?.stats() };
  } finally {
    progress.end();
    await device.close();
  }
}

async function main(): Promise<Account> {
  const startMs = performance.now();
  const seed = Number(options.seed);
  const { image, held, labels, float } = learn(seed);
  const host = accuracy(classify(image, held).classes, labels);
  const { flash, verified, hidden, simulator } = await onDevice(image, held, seed);
  const [first] = image.program.layers;
  const report = inspectImage(image);
  return {
    seed,
    port: options.port,
    image: options.output,
    accuracy: {
      float,
      host,
      device: accuracy(verified.outputs.map(argmax), labels.subarray(0, verified.vectors)),
      rows: { float: labels.length, host: labels.length, device: verified.vectors },
    },
    vectors: verified.vectors,
    selfTestVectors: verified.selfTestVectors,
    selfTestOk: verified.selfTestOk,
    differingBits: verified.differingBits,
    memoryFaults: verified.memoryFaults,
    firstDifference: verified.firstDifference ?? null,
    ok: verified.ok,
    tableBytes: report.tableBytes,
    deviceBytes: report.deviceBytes,
    cyclesPerInference: verified.cyclesPerInference,
    hiddenLayerCycles: hidden.cycles,
    lookupsPerCycle: (first.codebooks * first.outputs) / hidden.cycles,
    simulatedCyclesPerSecond: simulator?.cyclesPerSecond ?? null,
    linkBytesPerSecond: flash.deviceBytesPerSecond,
    linkWallBytesPerSecond: flash.bytesPerSecond,
    seconds: (performance.now() - startMs) / 1000,
  };
}

try {
  const account = await main();
  process.stdout.write(`${options.json ? JSON.stringify(account) : accountText(account)}\n`);
  process.exitCode = verifyExitCode(account);
} catch (error) {
  progress.end();
  if (!(error instanceof NomulError)) throw error;
  process.stderr.write(`error ${error.code}: ${error.message}\n  next: ${error.next}\n`);
  process.exitCode = error.exitCode;
}
