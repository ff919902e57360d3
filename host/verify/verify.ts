import { exitCodes, NomulError } from "../errors.ts";
import { encodeInput } from "../image/input.ts";
import type { TableImage } from "../image/read.ts";
import type { Device } from "../link/device.ts";
import { checkImageFits } from "../link/fit-check.ts";
import { createRuntime, type Runtime } from "../runtime/wasm.ts";
import { type Difference, locateDifference } from "./locate.ts";
import { findMemoryFaults, type MemoryFault } from "./memory.ts";
import { firstDifferingChunk, locateInSelfTest } from "./self-test.ts";

export interface VerifyOptions {
  /** Inputs to compare on, [D] integers each; default: the image's golden vectors. */
  readonly inputs?: readonly ArrayLike<number>[] | undefined;
  /** Inferences of the device's self-test; 0 leaves it out. */
  readonly selfTestVectors?: number | undefined;
  /** xorshift32 seed of the self-test, 1..2^32-1. */
  readonly seed?: number | undefined;
  readonly board?: string | undefined;
  readonly onProgress?: ((stage: string, done: number, total: number) => void) | undefined;
}

export interface VerifyResult {
  readonly ok: boolean;
  readonly board: string;
  /** Vectors sent over the link and compared output by output. */
  readonly vectors: number;
  /** Output bits that differ over all those vectors. */
  readonly differingBits: number;
  /** Outputs the device gave, one row a vector. */
  readonly outputs: readonly Int16Array[];
  readonly selfTestVectors: number;
  readonly selfTestOk: boolean;
  readonly seed: number;
  /** Cycles of one inference. */
  readonly cyclesPerInference: number;
  readonly memoryFaults: readonly MemoryFault[];
  /** Where the first differing vector parts from the Wasm. */
  readonly firstDifference: Difference | undefined;
}

const popcount16 = (value: number) => {
  let bits = 0;
  for (let v = value & 0xffff; v; v &= v - 1) bits++;
  return bits;
};

async function checkHolds(device: Device, image: TableImage): Promise<void> {
  const { slotState, deviceCrc } = await device.status();
  if (slotState === "committed" && deviceCrc === image.deviceCrc) return;
  const holds =
    slotState === "committed"
      ? `another image (CRC ${deviceCrc.toString(16)}, expected ${image.deviceCrc.toString(16)})`
      : slotState === "open"
        ? "an unfinished transfer"
        : "no image";
  throw new NomulError("E_DEVICE_IMAGE", `the device holds ${holds}`, {
    where: device.port.path,
    next: `Flash the image first: nomul flash --port ${device.port.path} IMAGE.`,
  });
}

interface Compared {
  readonly inputs: readonly ArrayLike<number>[];
  readonly outputs: Int16Array[];
  differingBits: number;
  /** First vector that differs. */
  first: number | undefined;
  cycles: number;
}

async function compareVectors(
  device: Device,
  image: TableImage,
  runtime: Runtime,
  options: VerifyOptions,
): Promise<Compared> {
  const inputs = options.inputs ?? image.golden.map((g) => g.input);
  const compared: Compared = { inputs, outputs: [], differingBits: 0, first: undefined, cycles: 0 };
  for (const [v, input] of inputs.entries()) {
    const expected = runtime.infer(input);
    const result = await device.infer(encodeInput(image.program.inputType, input));
    const bits = expected.reduce((n, y, m) => n + popcount16(y ^ (result.outputs[m] ?? ~y)), 0);
    if (bits > 0) compared.first ??= v;
    compared.differingBits += bits;
    compared.cycles = result.cycles;
    compared.outputs.push(result.outputs);
    options.onProgress?.("vectors", v + 1, inputs.length);
  }
  return compared;
}

/**
 * Proves that the device computes the image's bits: memory by digest, then vectors over the link,
 * then the device's self-test, all compared with the Wasm kernels. On a difference it says the first
 * vector, step and element that part, with both values.
 * @throws NomulError E_DEVICE_IMAGE if the device holds something else; errors of the link. A
 *   difference is a result, not an error.
 */
export async function verifyDevice(
  device: Device,
  image: TableImage,
  options: VerifyOptions = {},
): Promise<VerifyResult> {
  checkImageFits(image, device.info, options.board);
  await checkHolds(device, image);
  const seed = options.seed ?? 1;
  if (!Number.isInteger(seed) || seed < 1 || seed > 0xffffffff) {
    throw new NomulError("E_RANGE", `seed ${seed} is outside 1..4294967295`, {
      where: "seed",
      next: "xorshift32 needs a state that is not 0.",
    });
  }
  const memoryFaults = await findMemoryFaults(device, image);
  const result = await compareOutputs(device, image, seed, options).catch((error: unknown) => {
    // A fault in the program itself can make the device refuse to run it: then the fault is the result.
    const refused = error instanceof NomulError && error.code === "E_DEVICE_STATUS";
    if (!refused || memoryFaults.length === 0) throw error;
    return notRun;
  });
  return {
    ...result,
    ok: result.differingBits === 0 && result.selfTestOk && memoryFaults.length === 0,
    board: device.info.board,
    seed,
    memoryFaults,
  };
}

const notRun = {
  vectors: 0,
  differingBits: 0,
  outputs: [],
  selfTestVectors: 0,
  selfTestOk: false,
  cyclesPerInference: 0,
  firstDifference: undefined,
};

async function compareOutputs(
  device: Device,
  image: TableImage,
  seed: number,
  options: VerifyOptions,
): Promise<Omit<VerifyResult, "ok" | "board" | "seed" | "memoryFaults">> {
  const runtime = createRuntime(image);
  const compared = await compareVectors(device, image, runtime, options);
  const cyclesEach = compared.cycles || 65536;
  const selfTestVectors = options.selfTestVectors ?? 0;
  const wrongChunk = await firstDifferingChunk(device, runtime, seed, selfTestVectors, {
    cyclesEach,
    onProgress: (done) => options.onProgress?.("self-test", done, selfTestVectors),
  });
  let firstDifference: Difference | undefined;
  if (compared.first !== undefined) {
    const vector = { vector: compared.first, source: "vectors" } as const;
    const input = compared.inputs[compared.first];
    firstDifference = await locateDifference(device, image, runtime, input, vector);
  } else if (wrongChunk) {
    firstDifference = await locateInSelfTest(device, image, runtime, wrongChunk, cyclesEach);
  }
  return {
    vectors: compared.outputs.length,
    differingBits: compared.differingBits,
    outputs: compared.outputs,
    selfTestVectors,
    selfTestOk: wrongChunk === undefined,
    cyclesPerInference: compared.cycles,
    firstDifference,
  };
}

/** The exit code a result stands for: differing outputs weigh more than a fault no output has shown. */
export function verifyExitCode(
  result: Pick<VerifyResult, "ok" | "differingBits" | "selfTestOk">,
): number {
  if (result.ok) return exitCodes.ok;
  return result.differingBits > 0 || !result.selfTestOk ? exitCodes.mismatch : exitCodes.verify;
}
