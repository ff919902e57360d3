import { inputTypeCode } from "../image/input.ts";
import type { TableImage } from "../image/read.ts";
import { type BatchExports, batchKernels } from "./batch-kernels.ts";
import { type BatchMemory, type BatchStep, batchMemory, GROUP_BLOCK } from "./batch-memory.ts";
import { groupsOf } from "./batch-tables.ts";
import { PAGE_BYTES } from "./memory-plan.ts";

/** Rows of inputs in the program's input type: u8, i8 or i16. */
export type InputRows = Uint8Array | Int8Array | Int16Array;

/** Where a step reads: [rows][stride bytes] of an input type. */
interface Source {
  readonly x: number;
  readonly type: number;
  readonly stride: number;
}

/** An image on the SIMD kernels, with room for rows in their memory. */
export interface Blocks {
  /** [capacity][D] of the program's input type, in the kernels' memory */
  readonly rows: InputRows;
  /** [capacity][M], in the kernels' memory */
  readonly outputs: Int16Array;
  /** Runs the first `count` of `rows`, and writes as many of `outputs`. */
  run(count: number): void;
}

/** Runs one step on a block of rows; its outputs are i16 [rows][M] at y. */
function runStep(
  wasm: BatchExports,
  at: BatchMemory,
  step: BatchStep,
  { x, type, stride }: Source,
  rows: number,
  y: number,
): void {
  const { plan, trees, codebooks, outputs, wide } = step;
  const { codes, add, accumulators, columns } = at;
  wasm.trees_encode__simd128(plan, trees, codebooks, x, type, stride, rows, columns, codes);
  const groups = groupsOf(codebooks);
  const lookUp = (first: number, count: number, bias: number) =>
    wasm.maddness_look_up__simd128(
      ...([step.tables, groups, first, count, outputs, bias, rows, y, codes, add] as const),
    );
  if (!wide) {
    lookUp(0, groups, step.bias);
    return;
  }
  new Int32Array(wasm.memory.buffer, accumulators, rows * outputs).fill(0);
  for (let g = 0; g < groups; g += GROUP_BLOCK) {
    lookUp(g, Math.min(GROUP_BLOCK, groups - g), at.zeros);
    wasm.batch_widen_add(y, accumulators, rows * outputs);
  }
  wasm.batch_output_stage(wide.records, accumulators, y, rows, outputs);
}

/**
 * Instantiates the kernels on an image.
 * @param capacity rows to have room for, at least 1
 * @returns undefined where the engine has no SIMD
 */
export function createBlocks(image: TableImage, capacity: number): Blocks | undefined {
  const wasm = batchKernels();
  if (!wasm) return undefined;
  const block: number = wasm.ROWS.value;
  const at = batchMemory(image, wasm.SCRATCH_END.value, block, capacity);
  wasm.memory.grow(Math.ceil(at.bytes / PAGE_BYTES));
  const { buffer } = wasm.memory;
  for (const [address, bytes] of at.contents) new Uint8Array(buffer).set(bytes, address);

  const { inputType, layers } = image.program;
  const { inputs } = layers[0];
  const last = at.steps.length - 1;
  const { outputs } = at.steps[last];
  const rowsOf = { u8: Uint8Array, i8: Int8Array, i16: Int16Array }[inputType];
  const stride = inputs * rowsOf.BYTES_PER_ELEMENT;

  const runBlock = (first: number, count: number) => {
    let source: Source = { x: at.input + first * stride, type: inputTypeCode[inputType], stride };
    for (const [i, step] of at.steps.entries()) {
      const y = i === last ? at.output + 2 * first * outputs : at.between;
      runStep(wasm, at, step, source, count, y);
      source = { x: y, type: inputTypeCode.i16, stride: 2 * step.outputs };
    }
  };
  return {
    rows: new rowsOf(buffer, at.input, capacity * inputs),
    outputs: new Int16Array(buffer, at.output, capacity * outputs),
    run(count) {
      for (let n = 0; n < count; n += block) runBlock(n, Math.min(block, count - n));
    },
  };
}
