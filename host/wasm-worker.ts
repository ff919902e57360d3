/* A thread of WasmThreads: makes the calls on its desk, on the memory that all threads share. */
import { workerData } from "node:worker_threads";
import { callWords, deskIn, deskState, exportNames } from "./wasm-threads.ts";

const { module, memory, desk } = workerData as {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  desk: SharedArrayBuffer;
};
const { control, calls, result } = deskIn(desk);
const instance = new WebAssembly.Instance(module, { env: { memory } });
const kernels = exportNames(module).map(
  (name) => instance.exports[name] as (...args: number[]) => number | undefined,
);

function work(): number {
  let sum = 0;
  for (let i = 0; i < control[1]; i++) {
    const at = i * callWords;
    sum += kernels[calls[at]](...calls.subarray(at + 2, at + 2 + calls[at + 1])) ?? 0;
  }
  return sum;
}

for (;;) {
  Atomics.wait(control, 0, deskState.idle);
  if (control[0] !== deskState.work) continue;
  let state: number = deskState.idle;
  try {
    result[0] = work();
  } catch {
    state = deskState.failed;
  }
  Atomics.store(control, 0, state);
  Atomics.notify(control, 0);
  if (state === deskState.failed) break;
}
