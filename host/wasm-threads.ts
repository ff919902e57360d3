import { Worker } from "node:worker_threads";
import { compiledModule } from "./compiled-module.ts";
import { NomulError } from "./errors.ts";

/** One exported function with its arguments. */
export type Call<Name extends string = string> = readonly [name: Name, ...args: number[]];

/** Calls that one thread makes, in order; at most 256, of at most 22 arguments. */
export type Part<Name extends string = string> = readonly Call<Name>[];

type Exports = Readonly<Record<string, unknown>>;

/** A part takes milliseconds; a thread that could not start or died would never end it. */
const LIMIT_MS = 120_000;
const CALLS = 256;
const WORDS = 24;

/** What a thread and its owner share: a state, how many calls, then name, arguments and result. */
export interface Desk {
  /** [0] state; [1] number of calls */
  readonly control: Int32Array;
  /** [CALLS][WORDS]: index of the export, number of arguments, arguments */
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

/** Names of the exports in an order on which all threads agree. */
export const exportNames = (module: WebAssembly.Module) =>
  WebAssembly.Module.exports(module).map(({ name }) => name);

/** Threads with instances of one module on one memory: parts of work run beside each other. */
export class WasmThreads {
  readonly #run: Exports;
  readonly #names: Map<string, number>;
  readonly #desks: Desk[] = [];
  readonly #workers: Worker[] = [];

  constructor(
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
    run: Exports,
    threads: number,
  ) {
    this.#run = run;
    this.#names = new Map(exportNames(module).map((name, i) => [name, i]));
    for (let i = 1; i < threads; i++) {
      const desk = new SharedArrayBuffer(deskBytes);
      const workerData = { module, memory, desk };
      const worker = new Worker(compiledModule("wasm-worker"), { workerData, execArgv: [] });
      worker.unref();
      this.#workers.push(worker);
      this.#desks.push(deskIn(desk));
    }
  }

  /**
   * Runs the calls of every part in order, and parts beside each other; returns when all are done.
   * What parts write must not overlap, so that the result does not depend on the threads.
   * @returns the sum of what the calls of all parts return
   * @throws NomulError E_INTERNAL when a call traps
   */
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
  let ended = true;
  while (ended && Atomics.load(desk.control, 0) === deskState.work) {
    ended = Atomics.wait(desk.control, 0, deskState.work, LIMIT_MS) !== "timed-out";
  }
  if (!ended || desk.control[0] === deskState.failed) {
    throw new NomulError("E_INTERNAL", "a thread of the Wasm kernels failed", {
      where: "wasm-worker",
      next: "This is a fault of nomul: please report it with the command.",
    });
  }
  return desk.result[0];
}
