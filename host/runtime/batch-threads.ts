import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { compiledModule } from "../compiled-module.ts";
import { NomulError } from "../errors.ts";
import type { TableImage } from "../image/read.ts";
import type { InputType } from "../reference/program.ts";
import { arrayOf, type BatchRuntime, checkCount, checkRows, createBatchRuntime } from "./batch.ts";
import type { InputRows } from "./batch-blocks.ts";
import { BLOCK_ROWS, blocksOf, control, STOP } from "./batch-control.ts";
import type { BatchWorkerData } from "./batch-worker.ts";

export interface ThreadedBatchRuntime extends BatchRuntime {
  /** Threads that compute, the caller's among them. */
  readonly threads: number;
  /** Ends the workers; the runtime must not be used any more. */
  close(): Promise<void>;
}

/** How long a worker may take for its share before it is taken for dead. */
const PATIENCE_MS = 60_000;

const shared = (bytes: number) => new SharedArrayBuffer(Math.max(bytes, 8));

function sharedRows(type: InputType, length: number): InputRows {
  const buffer = shared(length * arrayOf[type].BYTES_PER_ELEMENT);
  if (type === "i16") return new Int16Array(buffer, 0, length);
  return type === "u8" ? new Uint8Array(buffer, 0, length) : new Int8Array(buffer, 0, length);
}

/**
 * A batch runtime whose rows and outputs are shared memory and whose blocks of rows are spread over threads.
 * The calling thread computes its share and then waits, so calls are as synchronous as those of one thread.
 * @param options threads, the caller's included, 1..64; capacity: rows to have room for: `infer` takes more in pieces
 * @throws NomulError E_RANGE
 */
export async function createThreadedBatchRuntime(
  image: TableImage,
  { threads, capacity = 16384 }: { readonly threads: number; readonly capacity?: number },
): Promise<ThreadedBatchRuntime> {
  if (!Number.isInteger(threads) || threads < 1 || threads > 64) {
    throw new NomulError("E_RANGE", `${threads} threads`, {
      where: "threads",
      next: "Give 1..64; more than the machine has cores is slower.",
    });
  }
  const { inputType, layers } = image.program;
  const D = layers[0].inputs;
  const M = layers[layers.length - 1].outputs;
  const rows = sharedRows(inputType, capacity * D);
  const outputs = new Int16Array(shared(capacity * M * 2), 0, capacity * M);
  const state = new Int32Array(shared(4 * (control.done + threads)));
  const own = createBatchRuntime(image);

  const workers = await Promise.all(
    Array.from({ length: threads - 1 }, async (_, i) => {
      const workerData: BatchWorkerData = { image, thread: i + 1, threads, rows, outputs, state };
      const worker = new Worker(compiledModule("runtime/batch-worker"), {
        workerData,
        execArgv: [],
      });
      await once(worker, "message");
      worker.unref();
      return worker;
    }),
  );

  const start = (count: number) => {
    state[control.rows] = count;
    const generation = Atomics.add(state, control.generation, 1) + 1;
    Atomics.notify(state, control.generation);
    return generation;
  };
  const run = (count: number) => {
    checkCount(count, capacity);
    const generation = start(count);
    for (const n of blocksOf(0, threads, count)) {
      const end = Math.min(count, n + BLOCK_ROWS);
      own.infer(rows.subarray(n * D, end * D), outputs.subarray(n * M, end * M));
    }
    for (let thread = 1; thread < threads; thread++) {
      const slot = control.done + thread;
      const before = Atomics.load(state, slot);
      if (before === generation) continue;
      if (Atomics.wait(state, slot, before, PATIENCE_MS) !== "timed-out") continue;
      throw new NomulError("E_INTERNAL", `thread ${thread} of ${threads} does not answer`, {
        where: "run",
        next: "Close the runtime, create another, and report this.",
      });
    }
  };
  return {
    realisation: own.realisation,
    reason: own.reason,
    threads,
    rows,
    outputs,
    run,
    infer(given, out) {
      const count = checkRows(image, given, out);
      const result = out ?? new Int16Array(count * M);
      for (let n = 0; n < count; n += capacity) {
        const end = Math.min(count, n + capacity);
        rows.set(given.subarray(n * D, end * D));
        run(end - n);
        result.set(outputs.subarray(0, (end - n) * M), n * M);
      }
      return result;
    },
    async close() {
      start(STOP);
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}
