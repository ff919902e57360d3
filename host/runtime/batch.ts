import { NomulError } from "../errors.ts";
import type { TableImage } from "../image/read.ts";
import type { InputType } from "../reference/program.ts";
import { type OperatorSpec, operators } from "../spec/operators.ts";
import { type Blocks, createBlocks, type InputRows } from "./batch-blocks.ts";
import { BLOCK_ROWS } from "./batch-control.ts";
import { createRuntime } from "./wasm.ts";

/** A program for many rows at a time. */
export interface BatchRuntime {
  /** "scalar" where the engine or an operator has no SIMD: `reason` says which. */
  readonly realisation: "simd" | "scalar";
  readonly reason: string | undefined;
  /** [capacity][D] for inputs that need not be copied: an array in the kernels' memory. */
  readonly rows: InputRows;
  /** [capacity][M] */
  readonly outputs: Int16Array;
  /**
   * Runs the first `count` of `rows`, and writes as many of `outputs`.
   * @throws NomulError E_RANGE for a count beyond the capacity
   */
  run(count: number): void;
  /**
   * Runs rows of the caller's, any number of them; `rows` and `outputs` then hold some of these.
   * @param rows [N][D] row after row, in the array type of the program's input type
   * @param out [N][M], written if given
   * @returns [N][M] i16 outputs of the last step, the same bits as `Runtime.infer` row by row
   * @throws NomulError E_SHAPE
   */
  infer(rows: InputRows, out?: Int16Array): Int16Array;
}

/** The array type that holds inputs of a type. */
export const arrayOf = { u8: Uint8Array, i8: Int8Array, i16: Int16Array } as const satisfies Record<
  InputType,
  unknown
>;

/** @returns N @throws NomulError E_SHAPE */
export function checkRows(image: TableImage, rows: InputRows, out?: Int16Array): number {
  const { inputType, layers } = image.program;
  const D = layers[0].inputs;
  if (!(rows instanceof arrayOf[inputType]) || rows.length % D !== 0) {
    throw new NomulError("E_SHAPE", `${rows.length} elements are no ${inputType} rows of ${D}`, {
      where: "rows",
      next: `Give whole rows of ${D} as one ${arrayOf[inputType].name}.`,
    });
  }
  const count = rows.length / D;
  const outputs = layers[layers.length - 1].outputs;
  if (out !== undefined && out.length !== count * outputs) {
    throw new NomulError("E_SHAPE", `room for ${out.length} outputs, ${count * outputs} come`, {
      where: "out",
      next: `Give an Int16Array of ${count} rows of ${outputs}, or none.`,
    });
  }
  return count;
}

/** @throws NomulError E_RANGE */
export function checkCount(count: number, capacity: number): void {
  if (Number.isInteger(count) && count >= 0 && count <= capacity) return;
  throw new NomulError("E_RANGE", `${count} rows, there is room for 0..${capacity}`, {
    where: "count",
    next: "Create the runtime with a larger capacity, or call infer.",
  });
}

/** Why this image does not run on the SIMD kernels, if so. */
function withoutSimd(image: TableImage): string | undefined {
  for (const { operator } of image.program.layers) {
    const { simd128 } = operators.find((o) => o.token === operator)!
      .realisations as OperatorSpec["realisations"];
    if (simd128 !== true) return `${operator}: ${simd128}`;
  }
  return undefined;
}

/** The scalar kernels, row by row, behind the same face. */
function scalarBlocks(image: TableImage, capacity: number): Blocks {
  const runtime = createRuntime(image);
  const { inputType, layers } = image.program;
  const D = layers[0].inputs;
  const M = layers[layers.length - 1].outputs;
  const rows = new arrayOf[inputType](capacity * D);
  const outputs = new Int16Array(capacity * M);
  return {
    rows,
    outputs,
    run(count) {
      for (let n = 0; n < count; n++) {
        outputs.set(runtime.infer(rows.subarray(n * D, (n + 1) * D)), n * M);
      }
    },
  };
}

/**
 * Instantiates the batch kernels on an image; without SIMD, the scalar ones that devices run.
 * @param options capacity: rows to have room for in the kernels' memory (default 256; `infer` needs no more)
 */
export function createBatchRuntime(
  image: TableImage,
  { capacity = BLOCK_ROWS }: { readonly capacity?: number } = {},
): BatchRuntime {
  const missing = withoutSimd(image);
  const simd = missing === undefined ? createBlocks(image, capacity) : undefined;
  const blocks = simd ?? scalarBlocks(image, capacity);
  const { layers } = image.program;
  const D = layers[0].inputs;
  const M = layers[layers.length - 1].outputs;
  const block = Math.min(BLOCK_ROWS, capacity);
  return {
    realisation: simd ? "simd" : "scalar",
    reason: simd ? undefined : (missing ?? "this engine's Wasm has no SIMD"),
    rows: blocks.rows,
    outputs: blocks.outputs,
    run(count) {
      checkCount(count, capacity);
      blocks.run(count);
    },
    infer(rows, out) {
      const count = checkRows(image, rows, out);
      const outputs = out ?? new Int16Array(count * M);
      for (let n = 0; n < count; n += block) {
        const end = Math.min(count, n + block);
        blocks.rows.set(rows.subarray(n * D, end * D));
        blocks.run(end - n);
        outputs.set(blocks.outputs.subarray(0, (end - n) * M), n * M);
      }
      return outputs;
    },
  };
}
