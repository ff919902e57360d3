import { readFileSync } from "node:fs";
import { join } from "node:path";
import { NomulError } from "../errors.ts";
import type { TableImage } from "../image/read.ts";
import { packageRoot } from "../package-root.ts";
import { inputRange } from "../reference/program.ts";
import { WasmThreads } from "../wasm-threads.ts";
import { type BatchStep, batchMisfit, batchSteps, STEP_WORDS } from "./batch-layout.ts";
import { createRuntime } from "./wasm.ts";

/** A program that runs many rows at a time. */
export interface BatchRuntime {
  /** "scalar" where the SIMD kernels can't run the program; `reason` says why. */
  readonly realisation: "simd" | "scalar";
  readonly reason: string | undefined;
  /** The engine's relaxed SIMD is used. */
  readonly relaxed: boolean;
  /**
   * @param inputs [N][D] row by row, within the program's input range
   * @param outputs [N][M] to write to; default: a new array, which takes time of its own
   * @returns [N][M] row by row
   * @throws NomulError E_SHAPE, E_RANGE
   */
  infer(inputs: Uint8Array | Int8Array | Int16Array, outputs?: Int16Array): Int16Array;
  /** Ends the threads. */
  close(): void;
}

export interface BatchOptions {
  /** That share the rows, default 1. */
  readonly threads?: number | undefined;
  /** false: without relaxed SIMD, where the engine has it. Results are the same. */
  readonly relaxed?: boolean | undefined;
}

/** Rows that a thread gets at once: their inputs still lie in the cache when they are read. */
const ROWS = 1024;
/** Rows of a chunk (assembly/ops/maddness.simd.ts), which is read to its end. */
const CHUNK = 128;
const kinds = { u8: 0, i8: 1, i16: 2 } as const;

const modules = new Map<string, WebAssembly.Module>();

function moduleOf(name: string): WebAssembly.Module | undefined {
  const known = modules.get(name);
  if (known) return known;
  const bytes = readFileSync(join(packageRoot, `build/${name}.wasm`));
  if (!WebAssembly.validate(bytes)) return undefined;
  const module = new WebAssembly.Module(bytes);
  modules.set(name, module);
  return module;
}

/**
 * Prepares a program for many rows. What the SIMD kernels can't do runs on the scalar ones, row by row;
 * outputs are the same.
 */
export function createBatchRuntime(image: TableImage, options: BatchOptions = {}): BatchRuntime {
  const relaxed = options.relaxed === false ? undefined : moduleOf("batch-relaxed");
  const module = relaxed ?? moduleOf("batch");
  const misfit = batchMisfit(image.program);
  const reason = misfit ?? (module ? undefined : "this engine has no SIMD");
  if (!module || reason !== undefined) return scalarRuntime(image, reason);
  return new SimdRuntime(image, module, relaxed !== undefined, options.threads ?? 1);
}

function scalarRuntime(image: TableImage, reason: string | undefined): BatchRuntime {
  const runtime = createRuntime(image);
  const D = image.program.layers[0].inputs;
  const M = image.program.layers[image.program.layers.length - 1].outputs;
  return {
    realisation: "scalar",
    reason,
    relaxed: false,
    infer(inputs, outputs) {
      const rows = rowsOf(inputs, D);
      const out = outputsFor(rows * M, outputs);
      for (let r = 0; r < rows; r++) {
        out.set(runtime.infer(inputs.subarray(r * D, (r + 1) * D)), r * M);
      }
      return out;
    },
    close() {},
  };
}

class SimdRuntime implements BatchRuntime {
  readonly realisation = "simd";
  readonly relaxed: boolean;
  readonly reason = undefined;
  readonly #image: TableImage;
  readonly #memory: WebAssembly.Memory;
  readonly #threads: WasmThreads;
  readonly #parts: readonly Place[];
  readonly #steps: number;
  readonly #D: number;
  readonly #M: number;

  constructor(image: TableImage, module: WebAssembly.Module, relaxed: boolean, threads: number) {
    const { layers, inputType } = image.program;
    this.relaxed = relaxed;
    this.#image = image;
    this.#D = layers[0].inputs;
    this.#M = layers[layers.length - 1].outputs;
    this.#memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
    const { exports } = new WebAssembly.Instance(module, { env: { memory: this.#memory } });
    let top = (exports.batch_heap_base as () => number)();
    const take = (bytes: number) => {
      // Tables and columns on lines of the cache.
      const at = Math.ceil(top / 64) * 64;
      top = at + bytes;
      const missing = Math.ceil((top - this.#memory.buffer.byteLength) / 65536);
      if (missing > 0) this.#memory.grow(missing);
      return at;
    };
    this.#steps = this.#place(batchSteps(image.program), take);
    const width = Math.max(...layers.map((l) => l.outputs + 1), inputType === "i16" ? this.#D : 0);
    const codebooks = Math.max(...layers.map((l) => l.codebooks));
    const bytes = inputType === "i16" ? 2 : 1;
    this.#parts = Array.from({ length: threads }, () => ({
      input: take((ROWS + CHUNK) * this.#D * bytes),
      first: take(width * CHUNK * 2),
      second: take(width * CHUNK * 2),
      columns: take((this.#D + 16) * 16),
      codes: take(codebooks * CHUNK),
      out: take(ROWS * this.#M * 2),
    }));
    this.#threads = new WasmThreads(module, this.#memory, exports, threads);
  }

  infer(inputs: Uint8Array | Int8Array | Int16Array, outputs?: Int16Array): Int16Array {
    const { layers, inputType } = this.#image.program;
    const D = this.#D;
    const M = this.#M;
    const rows = rowsOf(inputs, D);
    const typed = asInputType(inputs, inputType);
    const out = outputsFor(rows * M, outputs);
    for (let first = 0; first < rows; first += ROWS * this.#parts.length) {
      const share = Math.min(ROWS, Math.ceil((rows - first) / this.#parts.length));
      const taken = this.#parts.map((_, i) => {
        const from = Math.min(rows, first + i * share);
        return { from, count: Math.min(share, rows - from) };
      });
      const calls = this.#parts.map(({ input, first, second, columns, codes, out }, i) => {
        const { from, count } = taken[i];
        this.#view(typed, input, count * D).set(typed.subarray(from * D, (from + count) * D));
        const buffers = [first, second, columns, codes, out];
        const program = [this.#steps, layers.length, kinds[inputType]];
        return [["batch_run", ...program, input, D, count, ...buffers] as const];
      });
      this.#threads.run(calls);
      this.#parts.forEach((part, i) => {
        const { from, count } = taken[i];
        out.set(new Int16Array(this.#memory.buffer, part.out, count * M), from * M);
      });
    }
    return out;
  }

  close(): void {
    this.#threads.close();
  }

  #view(like: Uint8Array | Int8Array | Int16Array, at: number, length: number) {
    const { buffer } = this.#memory;
    if (like instanceof Int16Array) return new Int16Array(buffer, at, length);
    return like instanceof Int8Array
      ? new Int8Array(buffer, at, length)
      : new Uint8Array(buffer, at, length);
  }

  /** Writes the steps to memory. @returns address of the plan */
  #place(steps: readonly BatchStep[], take: (bytes: number) => number): number {
    const put = (bytes: Uint8Array) => {
      const at = take(bytes.length);
      new Uint8Array(this.#memory.buffer).set(bytes, at);
      return at;
    };
    const plan = steps.flatMap(({ encoders, codebooks, tables, pairs, outputs, stage }) => [
      put(encoders),
      codebooks,
      put(tables),
      pairs,
      outputs,
      stage ? put(new Uint8Array(stage.buffer)) : 0,
    ]);
    if (plan.length !== steps.length * STEP_WORDS) throw new Error("a step has another size");
    return put(new Uint8Array(Uint32Array.from(plan).buffer));
  }
}

/** Addresses of what one thread works on. */
interface Place {
  readonly input: number;
  readonly first: number;
  readonly second: number;
  readonly columns: number;
  readonly codes: number;
  readonly out: number;
}

function rowsOf(inputs: ArrayLike<number>, D: number): number {
  if (inputs.length % D === 0) return inputs.length / D;
  throw new NomulError("E_SHAPE", `${inputs.length} values are no whole rows of ${D} inputs`, {
    where: "inputs",
    next: "Give rows of the program's width, one after the other.",
  });
}

function outputsFor(count: number, given: Int16Array | undefined): Int16Array {
  if (given === undefined || given.length === count) return given ?? new Int16Array(count);
  throw new NomulError("E_SHAPE", `${given.length} outputs, the rows give ${count}`, {
    where: "outputs",
    next: "Give an array of rows × outputs, or none.",
  });
}

/** The inputs in the program's type. @throws NomulError E_RANGE for a value that it doesn't hold */
function asInputType(
  inputs: Uint8Array | Int8Array | Int16Array,
  type: "u8" | "i8" | "i16",
): Uint8Array | Int8Array | Int16Array {
  const Type = { u8: Uint8Array, i8: Int8Array, i16: Int16Array }[type];
  if (inputs instanceof Type) return inputs;
  const [low, high] = inputRange[type];
  const at = inputs.findIndex((v: number) => v < low || v > high);
  if (at < 0) return Type.from(inputs);
  throw new NomulError("E_RANGE", `${inputs[at]} is no integer in ${low}..${high}`, {
    where: `inputs[${at}]`,
    next: `Scale the data to ${type} as the image's manifest says.`,
  });
}
