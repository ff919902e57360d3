import { NomulError } from "../errors.ts";
import type { MaddnessLayer, MaddnessTables } from "../reference/maddness.ts";
import { encoderRecord } from "../spec/image.ts";
import { placeFields } from "../spec/layout.ts";
import { type OperatorPacker, padOutputs, type Stage, type StepShape } from "./packer.ts";

const at = Object.fromEntries(placeFields(encoderRecord).map((f) => [f.name, f.offset]));

/** Encoder records, C of them. */
export function encoders(layer: MaddnessTables): Uint8Array {
  const bytes = new Uint8Array(layer.codebooks * encoderRecord.bytes);
  const view = new DataView(bytes.buffer);
  for (let c = 0; c < layer.codebooks; c++) {
    const record = c * encoderRecord.bytes;
    for (let t = 0; t < 4; t++) {
      view.setUint16(record + at.splitDim + 2 * t, layer.splitDims[c * 4 + t], true);
    }
    for (let n = 0; n < 15; n++) {
      view.setInt16(record + at.threshold + 2 * n, layer.thresholds[c * 15 + n], true);
    }
  }
  return bytes;
}

/** [C][16][M] to [C][16][M8]. */
function padTables(layer: MaddnessLayer): Uint8Array {
  const M = layer.outputs;
  const M8 = padOutputs(M);
  const bytes = new Uint8Array(layer.codebooks * 16 * M8);
  for (let row = 0; row < layer.codebooks * 16; row++) {
    bytes.set(new Uint8Array(layer.tables.slice(row * M, (row + 1) * M).buffer), row * M8);
  }
  return bytes;
}

/** Per output: sum over the codebooks of the smallest, and of the largest, entry. */
export function accumulatorRange(layer: MaddnessTables) {
  const M = layer.outputs;
  const min = new Float64Array(M);
  const max = new Float64Array(M);
  for (let c = 0; c < layer.codebooks; c++) {
    for (let m = 0; m < M; m++) {
      let low = 127;
      let high = -128;
      for (let k = 0; k < 16; k++) {
        const entry = layer.tables[(c * 16 + k) * M + m];
        if (entry < low) low = entry;
        if (entry > high) high = entry;
      }
      min[m] += low;
      max[m] += high;
    }
  }
  return { min, max };
}

function expectLength(actual: number, expected: number, what: string, where: string): void {
  if (actual === expected) return;
  throw new NomulError("E_SHAPE", `${what} has ${actual} elements, expected ${expected}`, {
    where,
    next: "Give arrays of the shapes that MaddnessLayer documents.",
  });
}

/** @throws NomulError E_SHAPE, E_RANGE */
export function checkShapes(layer: MaddnessTables, where: string): void {
  const { codebooks: C, outputs: M, inputs: D } = layer;
  for (const [name, n] of [
    ["codebooks", C],
    ["outputs", M],
    ["inputs", D],
  ] as const) {
    if (Number.isInteger(n) && n >= 1 && n <= 65528) continue;
    throw new NomulError("E_RANGE", `${name} is ${n}, outside 1..65528`, {
      where,
      next: "Split the layer.",
    });
  }
  expectLength(layer.splitDims.length, C * 4, "splitDims [C][4]", where);
  expectLength(layer.thresholds.length, C * 15, "thresholds [C][15]", where);
  expectLength(layer.tables.length, C * 16 * M, "tables [C][16][M]", where);
  const bad = layer.splitDims.findIndex((d) => d >= D);
  if (bad >= 0) {
    throw new NomulError(
      "E_RANGE",
      `split dim ${layer.splitDims[bad]} of codebook ${bad >> 2}, level ${bad & 3} is not below ${D}`,
      { where, next: "Split dims index the layer's inputs, 0..D-1." },
    );
  }
}

/** The inverse of `encoders`. */
export function readEncoders(C: number, parameters: Uint8Array) {
  const view = new DataView(parameters.buffer, parameters.byteOffset, parameters.byteLength);
  const splitDims = new Uint16Array(C * 4);
  const thresholds = new Int16Array(C * 15);
  for (let c = 0; c < C; c++) {
    const record = c * encoderRecord.bytes;
    for (let t = 0; t < 4; t++) {
      splitDims[c * 4 + t] = view.getUint16(record + at.splitDim + 2 * t, true);
    }
    for (let n = 0; n < 15; n++) {
      thresholds[c * 15 + n] = view.getInt16(record + at.threshold + 2 * n, true);
    }
  }
  return { splitDims, thresholds };
}

function read(
  shape: StepShape,
  parameters: Uint8Array,
  tables: Uint8Array,
  stage: Stage,
): MaddnessLayer {
  const { codebooks: C, outputs: M } = shape;
  const M8 = padOutputs(M);
  const entries = new Int8Array(C * 16 * M);
  for (let row = 0; row < C * 16; row++) {
    entries.set(new Int8Array(tables.slice(row * M8, row * M8 + M).buffer), row * M);
  }
  return {
    operator: "maddness",
    ...shape,
    ...readEncoders(C, parameters),
    tables: entries,
    ...stage,
  };
}

export function describeParameter(offset: number): string {
  const inRecord = offset % encoderRecord.bytes;
  const codebook = `codebook ${Math.floor(offset / encoderRecord.bytes)}`;
  if (inRecord < at.threshold) return `${codebook}, split dim of level ${inRecord >> 1}`;
  if (inRecord < at.reserved) return `${codebook}, threshold ${(inRecord - at.threshold) >> 1}`;
  return `${codebook}, reserved`;
}

function describeTable({ outputs }: StepShape, offset: number): string {
  const M8 = padOutputs(outputs);
  const row = Math.floor(offset / M8);
  return `codebook ${row >> 4}, table row ${row & 15}, output ${offset % M8}`;
}

export const maddnessPacker: OperatorPacker<MaddnessLayer> = {
  check: checkShapes,
  parameters: encoders,
  tables: padTables,
  sizes: ({ codebooks, outputs }) => ({
    parameterBytes: codebooks * encoderRecord.bytes,
    tableBytes: codebooks * 16 * padOutputs(outputs),
  }),
  accumulatorRange,
  describeParameter,
  describeTable,
  read,
};
