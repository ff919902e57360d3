import { NomulError } from "../errors.ts";
import type { TableImage } from "../image/read.ts";
import type { InputType } from "../reference/program.ts";
import { type OperatorSpec, operators } from "../spec/operators.ts";
import { createBlocks, type InputRows } from "./batch-blocks.ts";
import { createRuntime } from "./wasm.ts";

/** A program for many rows at a time. */
export interface BatchRuntime {
  /** "scalar" where the engine or an operator has no SIMD: `reason` says which. */
  readonly realisation: "simd" | "scalar";
  readonly reason: string | undefined;
  /**
   * @param rows [N][D] row after row, any N, in the array type of the program's input type
   * @param out [N][M], written if given
   * @returns [N][M] i16 outputs of the last step, the same bits as `Runtime.infer` row by row
   * @throws NomulError E_SHAPE
   */
  infer(rows: InputRows, out?: Int16Array): Int16Array;
}

const arrayOf = { u8: Uint8Array, i8: Int8Array, i16: Int16Array } as const satisfies Record<
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

/** Why this image does not run on the SIMD kernels, if so. */
function withoutSimd(image: TableImage): string | undefined {
  for (const { operator } of image.program.layers) {
    const { simd128 } = operators.find((o) => o.token === operator)!
      .realisations as OperatorSpec["realisations"];
    if (simd128 !== true) return `${operator}: ${simd128}`;
  }
  return undefined;
}

function scalarRuntime(image: TableImage, reason: string): BatchRuntime {
  const runtime = createRuntime(image);
  const { layers } = image.program;
  const D = layers[0].inputs;
  const M = layers[layers.length - 1].outputs;
  return {
    realisation: "scalar",
    reason,
    infer(rows, out) {
      const count = checkRows(image, rows, out);
      const outputs = out ?? new Int16Array(count * M);
      for (let n = 0; n < count; n++) {
        outputs.set(runtime.infer(rows.subarray(n * D, (n + 1) * D)), n * M);
      }
      return outputs;
    },
  };
}

/** Instantiates the batch kernels on an image; without SIMD, the scalar ones that devices run. */
export function createBatchRuntime(image: TableImage): BatchRuntime {
  const reason = withoutSimd(image);
  if (reason !== undefined) return scalarRuntime(image, reason);
  const blocks = createBlocks(image);
  if (!blocks) return scalarRuntime(image, "this engine's Wasm has no SIMD");
  const { layers } = image.program;
  const D = layers[0].inputs;
  const M = layers[layers.length - 1].outputs;
  return {
    realisation: "simd",
    reason: undefined,
    infer(rows, out) {
      const count = checkRows(image, rows, out);
      const outputs = out ?? new Int16Array(count * M);
      for (let n = 0; n < count; n += blocks.rows) {
        const end = Math.min(count, n + blocks.rows);
        blocks.run(rows.subarray(n * D, end * D), outputs.subarray(n * M, end * M));
      }
      return outputs;
    },
  };
}
