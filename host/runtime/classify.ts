import { NomulError } from "../errors.ts";
import type { TableImage } from "../image/read.ts";
import { arrayOf, createBatchRuntime } from "./batch.ts";
import { checkInput } from "./wasm.ts";

export interface Classification {
  readonly rows: number;
  /** [rows] index of the largest output; the first of equals */
  readonly classes: Uint16Array;
  /** [rows] outputs each, raw */
  readonly outputs: readonly Int16Array[];
  readonly realisation: "simd" | "scalar";
}

/** Index of the largest value; the first of equals. */
export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

/**
 * Runs every row through the image's program, on the SIMD kernels where they can.
 * @param rows [N][D] integers within the program's input range
 * @throws NomulError E_SHAPE, E_RANGE
 */
export function classify(image: TableImage, rows: readonly ArrayLike<number>[]): Classification {
  const { inputType, layers } = image.program;
  const D = layers[0].inputs;
  const inputs = new arrayOf[inputType](rows.length * D);
  rows.forEach((row, i) => {
    checkInput(row, image);
    inputs.set(row, i * D);
  });
  const runtime = createBatchRuntime(image);
  const flat = runtime.infer(inputs);
  const M = layers[layers.length - 1].outputs;
  const outputs = rows.map((_, i) => flat.subarray(i * M, (i + 1) * M));
  return {
    rows: rows.length,
    classes: Uint16Array.from(outputs, argmax),
    outputs,
    realisation: runtime.realisation,
  };
}

/** Share of rows whose class is the label, 0..1. @throws NomulError E_SHAPE */
export function accuracy(classes: ArrayLike<number>, labels: ArrayLike<number>): number {
  if (classes.length !== labels.length || classes.length === 0) {
    throw new NomulError("E_SHAPE", `${labels.length} labels for ${classes.length} rows`, {
      where: "labels",
      next: "Give one label for each row of the data.",
    });
  }
  let right = 0;
  for (let i = 0; i < classes.length; i++) if (classes[i] === labels[i]) right++;
  return right / classes.length;
}
