import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../package-root.ts";

/** `<operator>_accumulate__simd128` of assembly/ops: documented there. */
export type BatchAccumulate = (
  parameters: number,
  tables: number,
  x: number,
  type: number,
  stride: number,
  rows: number,
  codebooks: number,
  outputs8: number,
  bias: number,
  y: number,
  codes: number,
  add: number,
) => void;

/** Exports of assembly/simd.ts. */
export interface BatchExports extends Record<`${string}_accumulate__simd128`, BatchAccumulate> {
  readonly memory: WebAssembly.Memory;
  readonly ROWS: WebAssembly.Global;
  readonly TILES_END: WebAssembly.Global;
  batch_widen_add(y: number, accumulators: number, rows: number, outputs16: number): void;
  batch_output_stage(
    records: number,
    accumulators: number,
    y: number,
    rows: number,
    outputs8: number,
    outputs16: number,
  ): void;
  batch_pack(y: number, rows: number, outputs: number, outputs16: number): void;
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
