import { readFileSync } from "node:fs";
import { join } from "node:path";
import { instantiateSync } from "@assemblyscript/loader";
import { NomulError } from "../errors.ts";
import { encodeInput } from "../image/input.ts";
import type { TableImage } from "../image/read.ts";
import { packageRoot } from "../package-root.ts";
import { inputRange } from "../reference/program.ts";
import { statusCodes } from "../spec/link.ts";
import { memoryPlan, PAGE_BYTES } from "./memory-plan.ts";

/** Exports of assembly/device.ts; addresses are bytes of the linear memory. */
interface DeviceExports extends Record<string, unknown> {
  memory: WebAssembly.Memory;
  program_load(device: number, arena: number, input: number): void;
  program_run(device: number, arena: number, accumulators: number, steps: number): number;
  selftest_run(device: number, arena: number, acc: number, seed: number, count: number): number;
}

/** A program on the Wasm kernels: what the device's bits are compared with. */
export interface Runtime {
  readonly realisation: "scalar";
  /**
   * @param input [D], integers within the program's input range
   * @param steps steps to run, 0 = all
   * @returns [M] i16 outputs of the last step run
   * @throws NomulError E_SHAPE, E_RANGE
   */
  infer(input: ArrayLike<number>, steps?: number): Int16Array;
  /** CRC-32C over the outputs of `count` inferences on inputs made from `seed` (docs/link.md). */
  selftest(seed: number, count: number): number;
}

let compiled: Uint8Array | undefined;

/** The device build's bytes: the same that microcontrollers run. */
export function deviceWasm(): Uint8Array {
  compiled ??= readFileSync(join(packageRoot, "build/device.wasm"));
  return compiled;
}

/** @throws NomulError E_SHAPE, E_RANGE */
export function checkInput(input: ArrayLike<number>, image: TableImage): void {
  const { inputType, layers } = image.program;
  const [low, high] = inputRange[inputType];
  if (input.length !== layers[0].inputs) {
    throw new NomulError(
      "E_SHAPE",
      `${input.length} inputs, the program takes ${layers[0].inputs}`,
      {
        where: "input",
        next: "Give one row of the program's width.",
      },
    );
  }
  for (let d = 0; d < input.length; d++) {
    if (input[d] >= low && input[d] <= high && Number.isInteger(input[d])) continue;
    throw new NomulError("E_RANGE", `${input[d]} is no integer in ${low}..${high}`, {
      where: `input element ${d}`,
      next: `Scale the data to ${inputType} as the image's manifest says.`,
    });
  }
}

/** Instantiates the kernels on an image. */
export function createRuntime(image: TableImage): Runtime {
  const { layers, inputType } = image.program;
  const { exports } = instantiateSync<DeviceExports>(deviceWasm());
  const wasm = exports as unknown as DeviceExports;

  const { device, arena, accumulators, input: inputs, bytes } = memoryPlan(image);
  wasm.memory.grow(Math.ceil(bytes / PAGE_BYTES));
  new Uint8Array(wasm.memory.buffer).set(image.device, device);

  const outputAt = (step: number) => arena + 2 * image.steps[step - 1].outputOffset;

  return {
    realisation: "scalar",
    infer(input, steps = 0) {
      checkInput(input, image);
      const run = steps === 0 ? layers.length : steps;
      new Uint8Array(wasm.memory.buffer).set(encodeInput(inputType, input), inputs);
      wasm.program_load(device, arena, inputs);
      const status = wasm.program_run(device, arena, accumulators, run);
      if (status !== statusCodes[0].value) {
        throw new NomulError("E_RANGE", `the program has ${layers.length} steps, not ${steps}`, {
          where: "steps",
          next: "Ask for 0 (all) or a number of steps the program has.",
        });
      }
      return new Int16Array(wasm.memory.buffer, outputAt(run), layers[run - 1].outputs).slice();
    },
    selftest(seed, count) {
      return wasm.selftest_run(device, arena, accumulators, seed, count) >>> 0;
    },
  };
}
