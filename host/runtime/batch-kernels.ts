import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../package-root.ts";

/** Exports of assembly/simd.ts, which documents them. */
export interface BatchExports {
  readonly memory: WebAssembly.Memory;
  readonly ROWS: WebAssembly.Global;
  readonly SCRATCH_END: WebAssembly.Global;
  trees_encode__simd128(
    plan: number,
    trees: number,
    codebooks: number,
    x: number,
    type: number,
    stride: number,
    rows: number,
    columns: number,
    codes: number,
  ): void;
  maddness_look_up__simd128(
    tables: number,
    groups: number,
    first: number,
    count: number,
    outputs: number,
    bias: number,
    rows: number,
    y: number,
    codes: number,
    add: number,
  ): void;
  batch_widen_add(y: number, accumulators: number, count: number): void;
  batch_output_stage(
    records: number,
    accumulators: number,
    y: number,
    rows: number,
    outputs: number,
  ): void;
}

/** The batch build's bytes. */
export const batchWasm = () => new Uint8Array(readFileSync(join(packageRoot, "build/simd.wasm")));

let compiled: WebAssembly.Module | undefined;

/** A new instance of the batch kernels, or undefined where the engine has no SIMD. */
export function batchKernels(): BatchExports | undefined {
  if (compiled === undefined) {
    const bytes = batchWasm();
    if (!WebAssembly.validate(bytes)) return undefined;
    compiled = new WebAssembly.Module(bytes);
  }
  return new WebAssembly.Instance(compiled).exports as unknown as BatchExports;
}
