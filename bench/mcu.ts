/** `npm run bench:mcu [-- --json] [board…]`: every chip's bits, sizes and instructions (docs/mcu.md). */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { listMcuBoards, loadMcuBoard } from "../host/board/load.ts";
import type { McuBoard } from "../host/board/mcu-schema.ts";
import { NomulError } from "../host/errors.ts";
import { Random } from "../host/fit/random.ts";
import { packImage } from "../host/image/pack.ts";
import { readImage, type TableImage } from "../host/image/read.ts";
import { Device } from "../host/link/device.ts";
import { checkImageFits } from "../host/link/fit-check.ts";
import { flashImage } from "../host/link/flash.ts";
import { openEmulator } from "../host/link/port.ts";
import { mcuLimits } from "../host/mcu/config.ts";
import { elfSizes } from "../host/mcu/elf.ts";
import { buildFirmware, type FirmwareOptions } from "../host/mcu/firmware.ts";
import { instructionsPerCycle } from "../host/mcu/qemu.ts";
import { startEmulator } from "../host/mcu/start.ts";
import { missingTools } from "../host/mcu/tools.ts";
import { packageRoot } from "../host/package-root.ts";
import { textTable, thousands } from "../host/report/table.ts";
import { createRuntime } from "../host/runtime/wasm.ts";
import { verifyDevice } from "../host/verify/verify.ts";
import { toInputs, toProgram, type VectorFile } from "../test/vectors/format.ts";

const SEED = 1;
const SELFTESTS = 10_000;
const D = 256;
/** Codebooks and outputs. A chip of 16 KiB of RAM cannot hold 64 KiB of tables: it runs the second. */
const sizes = [
  [64, 64],
  [32, 16],
] as const;

/** One layer of random tables. */
function layerImage(C: number, outputs: number): TableImage {
  const random = new Random(SEED);
  const draw = (length: number, count: number, from = 0) =>
    Array.from({ length }, () => from + random.below(count));
  const layer = {
    operator: "maddness" as const,
    inputs: D,
    outputs,
    codebooks: C,
    splitDims: Uint16Array.from(draw(4 * C, D)),
    thresholds: Int16Array.from(draw(15 * C, 256)),
    tables: Int8Array.from(draw(16 * C * outputs, 256, -128)),
    bias: new Int32Array(outputs),
    shift: new Uint8Array(outputs),
  };
  const program = { inputType: "u8" as const, layers: [layer] };
  return readImage(packImage(program, { manifest: { tool: "bench:mcu" } }));
}

const input = Uint8Array.from({ length: D }, (_, d) => (d * 37) & 255);
const native = readFileSync(join(packageRoot, "bench/mcu-native.c"), "utf8");

async function withDevice<T>(
  board: McuBoard,
  options: FirmwareOptions,
  work: (device: Device) => Promise<T>,
): Promise<T> {
  const device = await Device.open(await openEmulator(await startEmulator(board.id, options)));
  try {
    return await work(device);
  } finally {
    await device.close();
  }
}

const fits = (image: TableImage, board: McuBoard) => {
  try {
    checkImageFits(image, mcuLimits(board));
    return true;
  } catch (error) {
    if (error instanceof NomulError) return false;
    throw error;
  }
};

/** Instructions (on rp2040js: cycles) of the layer's steps; its outputs are compared, too. */
async function measure(board: McuBoard, image: TableImage, options: FirmwareOptions) {
  return withDevice(board, options, async (device) => {
    await flashImage(device, image);
    const { cycles, outputs } = await device.infer(input);
    const expected = createRuntime(image).infer(input);
    if (String([...outputs]) !== String([...expected])) throw new Error(`${board.id}: wrong bits`);
    return Math.round(cycles * instructionsPerCycle(board));
  });
}

/** Conformance vectors that fit, all compared bit for bit, and the self-test of the layer. */
async function prove(board: McuBoard, image: TableImage) {
  const folder = join(packageRoot, "test/vectors");
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name): VectorFile => JSON.parse(readFileSync(join(folder, name), "utf8")));
  return withDevice(board, {}, async (device) => {
    let [equal, absent] = [0, 0];
    for (const file of files) {
      for (const vector of file.vectors) {
        const program = toProgram(file.operator, vector);
        const packed = readImage(packImage(program, { manifest: { tool: "bench:mcu" } }));
        if (!fits(packed, board)) {
          absent++;
          continue;
        }
        await flashImage(device, packed);
        const result = await verifyDevice(device, packed, { inputs: toInputs(vector) });
        const same = result.outputs.every(
          (row, i) => String([...row]) === String(vector.outputs[i]),
        );
        if (!result.ok || !same) throw new Error(`${board.id}: ${vector.id} differs`);
        equal++;
      }
    }
    await flashImage(device, image);
    const { selfTestOk } = await verifyDevice(device, image, { selfTestVectors: SELFTESTS });
    if (!selfTestOk) throw new Error(`${board.id}: the self-test differs`);
    return { equal, absent };
  });
}

async function row(id: string) {
  const board = loadMcuBoard(id);
  const missing = missingTools(board);
  if (missing) throw new Error(`${id}: ${missing}`);
  const image = sizes.map(([C, M]) => layerImage(C, M)).find((layer) => fits(layer, board));
  if (!image) throw new Error(`${id}: no layer fits`);
  const [{ codebooks, outputs }] = image.program.layers;
  const { path } = await buildFirmware(board);
  const taken = elfSizes(readFileSync(path), board.memory.data);
  const { tableBytes, parameterBytes } = board.engine;
  const { equal, absent } = await prove(board, image);
  return {
    board: id,
    core: board.mcu.core,
    emulator: board.emulator.kind,
    vectorsEqual: equal,
    vectorsTooLarge: absent,
    selfTests: SELFTESTS,
    flashBytes: taken.flash,
    ramBesideImage: taken.ram - tableBytes - parameterBytes,
    slots: board.flash ? 2 : 0,
    codebooks,
    outputs,
    unit: board.emulator.kind === "rp2040js" ? "cycles" : "instructions",
    layer: await measure(board, image, {}),
    checked: await measure(board, image, { checked: true }),
    nativeC: await measure(board, image, { kernels: native }),
  };
}

const args = process.argv.slice(2);
const named = args.filter((arg) => !arg.startsWith("--"));
const rows = [];
for (const id of named.length > 0 ? named : listMcuBoards()) {
  process.stderr.write(`${id}\n`);
  rows.push(await row(id));
}
const text = rows.map((r) => [
  r.board,
  r.core,
  `${r.vectorsEqual} of ${r.vectorsEqual + r.vectorsTooLarge}`,
  thousands(r.selfTests),
  thousands(r.flashBytes),
  thousands(r.ramBesideImage),
  r.slots,
  `${D} × ${r.outputs}, ${r.codebooks} codebooks`,
  `${thousands(r.layer)} ${r.unit}`,
  thousands(r.checked),
  thousands(r.nativeC),
  (r.layer / r.nativeC).toFixed(2),
]);
const head = [
  ...["board", "core", "vectors equal", "self-tests equal", "flash bytes", "RAM beside image"],
  ...["slots", "layer", "unchecked", "checked", "native C", "ratio"],
];
process.stdout.write(
  args.includes("--json") ? `${JSON.stringify(rows)}\n` : `${textTable([head, ...text])}\n`,
);
process.stderr.write(`seed ${SEED}\n`);
