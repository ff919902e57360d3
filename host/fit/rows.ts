import { NomulError } from "../errors.ts";
import type { Calibration } from "./fit-network.ts";
import type { InputRows } from "./network.ts";
import { Random } from "./random.ts";

export interface Split {
  readonly rows: number;
  readonly trainRows: number;
  /** [rows] row of the calibration data; training rows first, then held-out rows */
  readonly order: Uint32Array;
}

/**
 * Chooses the held-out samples; all copies of a sample are on the same side.
 * @throws NomulError E_SHAPE, E_RANGE, E_TOO_FEW_ROWS (fewer training rows than a tree has leaves)
 */
export function splitRows(
  { inputs, copies = 1 }: Calibration,
  D: number,
  heldOut: number,
  seed: number,
): Split {
  const rows = inputs.length / D;
  if (!Number.isInteger(rows)) {
    throw new NomulError("E_SHAPE", `${inputs.length} values are no whole rows of ${D} inputs`, {
      where: "calibration.inputs",
      next: "give the calibration data as [rows][inputs] of the network's first layer",
    });
  }
  if (!(heldOut > 0 && heldOut < 1)) {
    throw new NomulError("E_RANGE", `heldOut is ${heldOut}`, {
      where: "heldOut",
      next: "hold out a share of the samples between 0 and 1, such as 0.1",
    });
  }
  const samples = rows / copies;
  if (!Number.isInteger(samples)) {
    throw new NomulError("E_SHAPE", `${rows} rows do not divide into ${copies} copies`, {
      where: "calibration.copies",
      next: "give every sample the same number of copies",
    });
  }
  const held = Math.max(1, Math.round(samples * heldOut));
  const trainRows = (samples - held) * copies;
  if (trainRows < 16) {
    throw new NomulError("E_TOO_FEW_ROWS", `${Math.max(0, trainRows)} rows to learn 16 leaves`, {
      where: "calibration.inputs",
      next: "give at least some hundreds of rows of real input data",
    });
  }
  const shuffled = new Random(seed).permutation(samples);
  const order = new Uint32Array(rows);
  let at = 0;
  for (const part of [shuffled.subarray(held), shuffled.subarray(0, held)]) {
    for (let copy = 0; copy < copies; copy++) {
      for (const sample of part) order[at++] = copy * samples + sample;
    }
  }
  return { rows, trainRows, order };
}

/**
 * Rows in the given order, as columns.
 * @param inputs [rows][D]
 * @returns [D][rows] i16
 */
export function transpose(inputs: InputRows, order: Uint32Array, D: number): Int16Array {
  const rows = order.length;
  const columns = new Int16Array(D * rows);
  // Blocks of rows keep the lines that are written in the cache.
  for (let first = 0; first < rows; first += 64) {
    const end = Math.min(first + 64, rows);
    for (let d = 0; d < D; d++) {
      for (let r = first; r < end; r++) columns[d * rows + r] = inputs[order[r] * D + d];
    }
  }
  return columns;
}
