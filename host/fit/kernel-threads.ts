import { Worker } from "node:worker_threads";
import { compiledModule } from "../compiled-module.ts";
import { NomulError } from "../errors.ts";
import type { KernelExports } from "./kernel-exports.ts";

/** One kernel with its arguments. */
export type Call = readonly [name: keyof KernelExports, ...args: number[]];

/** Calls that one thread makes, in order. */
export type Part = readonly Call[];

const CALLS = 256;
const WORDS = 24;

/** What a thread and its owner share: a state, how many calls, then name, arguments and result. */
export interface Desk {
  /** [0] state; [1] number of calls */
  readonly control: Int32Array;
  /** [CALLS][WORDS]: index of the kernel, number of arguments, arguments */
  readonly calls: Float64Array;
  /** [0] sum of the results */
  readonly result: Float64Array;
}

export const deskState = { idle: 0, work: 1, failed: 2 } as const;
export const callWords = WORDS;

/** The desk in a buffer of `deskBytes` bytes. */
export function deskIn(buffer: SharedArrayBuffer): Desk {
  return {
    control: new Int32Array(buffer, 0, 2),
    result: new Float64Array(buffer, 8, 1),
    calls: new Float64Array(buffer, 16, CALLS * WORDS),
  };
}

const deskBytes = 16 + CALLS * WORDS * 8;

/** Names of the kernels in an order on which all threads agree. */
export const kernelNames = (module: WebAssembly.Module) =>
  WebAssembly.Module.exports(module).map(({ name }) => name as keyof KernelExports);

/** Threads with instances of the kernels on one memory. */
export class KernelThreads {
  readonly #run: KernelExports;
  readonly #names: Map<string, number>;
  readonly #desks: Desk[] = [];
  readonly #workers: Worker[] = [];

  constructor(
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
    run: KernelExports,
    threads: number,
  ) {
    this.#run = run;
    this.#names = new Map(kernelNames(module).map((name, i) => [name, i]));
    for (let i = 1; i < threads; i++) {
      const desk = new SharedArrayBuffer(deskBytes);
      const workerData = { module, memory, desk };
      const worker = new Worker(compiledModule("fit/kernel-worker"), { workerData, execArgv: [] });
      worker.unref();
      this.#workers.push(worker);
      this.#desks.push(deskIn(desk));
    }
  }

  /** @see Kernels.inParallel */
  run(parts: readonly Part[]): number {
    const threads = this.#desks.length + 1;
    let sum = 0;
    for (let first = 0; first < parts.length; first += threads) {
      const now = parts.slice(first, first + threads);
      now.slice(1).forEach((part, i) => {
        this.#hand(this.#desks[i], part);
      });
      sum += this.#own(now[0]);
      now.slice(1).forEach((_, i) => {
        sum += collect(this.#desks[i]);
      });
    }
    return sum;
  }

  close(): void {
    for (const worker of this.#workers) void worker.terminate();
    this.#workers.length = 0;
    this.#desks.length = 0;
  }

  #own(part: Part): number {
    let sum = 0;
    for (const [name, ...args] of part) {
      const kernel = this.#run[name] as (...args: number[]) => number | undefined;
      sum += kernel(...args) ?? 0;
    }
    return sum;
  }

  #hand(desk: Desk, part: Part): void {
    part.forEach(([name, ...args], i) => {
      const at = i * WORDS;
      desk.calls[at] = this.#names.get(name)!;
      desk.calls[at + 1] = args.length;
      desk.calls.set(args, at + 2);
    });
    desk.control[1] = part.length;
    Atomics.store(desk.control, 0, deskState.work);
    Atomics.notify(desk.control, 0);
  }
}

/** Waits until a desk's calls are done. */
function collect(desk: Desk): number {
  // A short spin first: the parts of a step are of equal length.
  for (let i = 0; i < 2000; i++) if (Atomics.load(desk.control, 0) !== deskState.work) break;
  while (Atomics.load(desk.control, 0) === deskState.work) {
    Atomics.wait(desk.control, 0, deskState.work);
  }
  if (desk.control[0] === deskState.failed) {
    throw new NomulError("E_INTERNAL", "a learning thread failed", {
      where: "kernel-worker",
      next: "This is a fault of nomul: please report it with the command.",
    });
  }
  return desk.result[0];
}
