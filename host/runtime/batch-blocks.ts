import { inputTypeCode } from "../image/input.ts";
import type { TableImage } from "../image/read.ts";
import { type BatchExports, batchKernels } from "./batch-kernels.ts";
import { type BatchMemory, type BatchStep, batchMemory, CODEBOOK_BLOCK } from "./batch-memory.ts";
import { PAGE_BYTES } from "./memory-plan.ts";

/** Rows of inputs in the program's input type: u8, i8 or i16. */
export type InputRows = Uint8Array | Int8Array | Int16Array;

/** Where a step reads: [rows][stride bytes] of an input type. */
interface Source {
  readonly x: number;
  readonly type: number;
  readonly stride: number;
}

/** An image on the SIMD kernels, a block of rows at a time. */
export interface Blocks {
  /** Largest number of rows of `run`. */
  readonly rows: number;
  /** @param rows [n][D] of the program's input type @param out [n][M], written */
  run(rows: InputRows, out: Int16Array): void;
}

/** Runs one step on a block of rows; its outputs are i16 [rows][outputs16] at y. */
function runStep(
  wasm: BatchExports,
  at: BatchMemory,
  step: BatchStep,
  source: Source,
  rows: number,
  y: number,
): void {
  const { outputs8, outputs16, codebooks, wide } = step;
  const sum = (parameters: number, tables: number, count: number, bias: number) =>
    wasm[`${step.operator}_accumulate__simd128`](
      parameters,
      tables,
      source.x,
      source.type,
      source.stride,
      rows,
      count,
      outputs8,
      bias,
      y,
      at.codes,
      at.add,
    );
  if (!wide) {
    sum(step.parameters, step.tables, codebooks, step.bias);
    return;
  }
  new Int32Array(wasm.memory.buffer, at.accumulators, rows * outputs16).fill(0);
  let { parameters, tables } = step;
  for (let left = codebooks; left > 0; left -= CODEBOOK_BLOCK) {
    sum(parameters, tables, Math.min(left, CODEBOOK_BLOCK), at.zeros);
    wasm.batch_widen_add(y, at.accumulators, rows, outputs16);
    parameters += wide.parameterBytes;
    tables += wide.tableBytes;
  }
  wasm.batch_output_stage(wide.records, at.accumulators, y, rows, outputs8, outputs16);
}

/** @returns undefined where the engine has no SIMD */
export function createBlocks(image: TableImage): Blocks | undefined {
  const wasm = batchKernels();
  if (!wasm) return undefined;
  const most: number = wasm.ROWS.value;
  const at = batchMemory(image, wasm.TILES_END.value, most);
  wasm.memory.grow(Math.ceil(at.bytes / PAGE_BYTES));
  const { buffer } = wasm.memory;
  new Uint8Array(buffer).set(image.device, at.device);
  for (const [i, { bias }] of image.program.layers.entries()) {
    // Of a wide step's bias only the records are used: what is cut off here does not matter.
    new Int16Array(buffer, at.steps[i].bias).set(bias);
  }

  const { inputType, layers } = image.program;
  const inputs = inputType === "i16" ? new Int16Array(buffer) : new Uint8Array(buffer);
  const inputAt = at.input / inputs.BYTES_PER_ELEMENT;
  const first: Source = {
    x: at.input,
    type: inputTypeCode[inputType],
    stride: layers[0].inputs * inputs.BYTES_PER_ELEMENT,
  };
  return {
    rows: most,
    run(rows, out) {
      const count = rows.length / layers[0].inputs;
      inputs.set(rows, inputAt);
      let source = first;
      let y = 0;
      for (const [i, step] of at.steps.entries()) {
        y = at.outputs[i % 2];
        runStep(wasm, at, step, source, count, y);
        source = { x: y, type: inputTypeCode.i16, stride: 2 * step.outputs16 };
      }
      const { outputs, outputs16 } = at.steps[at.steps.length - 1];
      if (outputs < outputs16) wasm.batch_pack(y, count, outputs, outputs16);
      out.set(new Int16Array(buffer, y, count * outputs));
    },
  };
}
