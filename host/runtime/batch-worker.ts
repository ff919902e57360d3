// Worker thread of a batch: sleeps in Atomics.wait, runs its blocks of the shared rows.
import { parentPort, workerData } from "node:worker_threads";
import type { TableImage } from "../image/read.ts";
import { createBatchRuntime } from "./batch.ts";
import type { InputRows } from "./batch-blocks.ts";
import { BLOCK_ROWS, blocksOf, control, STOP } from "./batch-control.ts";

export interface BatchWorkerData {
  readonly image: TableImage;
  /** 1..threads-1; the caller is thread 0 */
  readonly thread: number;
  readonly threads: number;
  /** Shared: [capacity][D], [capacity][M], and batch-control.ts */
  readonly rows: InputRows;
  readonly outputs: Int16Array;
  readonly state: Int32Array;
}

const { image, thread, threads, rows, outputs, state } = workerData as BatchWorkerData;
const { layers } = image.program;
const D = layers[0].inputs;
const M = layers[layers.length - 1].outputs;
const runtime = createBatchRuntime(image);
parentPort!.postMessage("ready");

for (let generation = 0; ; ) {
  Atomics.wait(state, control.generation, generation);
  generation = Atomics.load(state, control.generation);
  const count = state[control.rows];
  if (count === STOP) break;
  for (const n of blocksOf(thread, threads, count)) {
    const end = Math.min(count, n + BLOCK_ROWS);
    runtime.infer(rows.subarray(n * D, end * D), outputs.subarray(n * M, end * M));
  }
  Atomics.store(state, control.done + thread, generation);
  Atomics.notify(state, control.done + thread);
}
