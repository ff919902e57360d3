import { NomulError } from "../errors.ts";
import type { Maddness4Layer } from "../reference/maddness4.ts";
import { encoderRecord } from "../spec/image.ts";
import {
  accumulatorRange,
  checkShapes,
  describeParameter,
  encoders,
  readEncoders,
} from "./maddness.ts";
import type { OperatorPacker, Stage, StepShape } from "./packer.ts";

/** Bytes of a table row: outputs padded to whole words of 16 entries. */
const rowBytes = (outputs: number) => ((outputs + 15) >> 4) << 3;

function check(layer: Maddness4Layer, where: string): void {
  checkShapes(layer, where);
  const bad = layer.tables.findIndex((entry) => entry < -8 || entry > 7);
  if (bad < 0) return;
  throw new NomulError("E_RANGE", `table entry ${bad} is ${layer.tables[bad]}, outside -8..7`, {
    where,
    next: 'Quantise the tables to 4 bits, or use the operator "maddness".',
  });
}

/** [C][16][M] to [C][16][M16/2], the lower output of a byte in its lower half. */
function tables(layer: Maddness4Layer): Uint8Array {
  const M = layer.outputs;
  const width = rowBytes(M);
  const bytes = new Uint8Array(layer.codebooks * 16 * width);
  layer.tables.forEach((entry, i) => {
    const m = i % M;
    bytes[Math.floor(i / M) * width + (m >> 1)] |= (entry & 15) << (4 * (m & 1));
  });
  return bytes;
}

function read(
  shape: StepShape,
  parameters: Uint8Array,
  bytes: Uint8Array,
  stage: Stage,
): Maddness4Layer {
  const { codebooks: C, outputs: M } = shape;
  const width = rowBytes(M);
  const entries = Int8Array.from({ length: C * 16 * M }, (_, i) => {
    const m = i % M;
    const pair = bytes[Math.floor(i / M) * width + (m >> 1)];
    return (pair << (28 - 4 * (m & 1))) >> 28;
  });
  return {
    operator: "maddness4",
    ...shape,
    ...readEncoders(C, parameters),
    tables: entries,
    ...stage,
  };
}

function describeTable({ outputs }: StepShape, offset: number): string {
  const width = rowBytes(outputs);
  const row = Math.floor(offset / width);
  const first = 2 * (offset % width);
  return `codebook ${row >> 4}, table row ${row & 15}, outputs ${first} and ${first + 1}`;
}

export const maddness4Packer: OperatorPacker<Maddness4Layer> = {
  check,
  parameters: encoders,
  tables,
  sizes: ({ codebooks, outputs }) => ({
    parameterBytes: codebooks * encoderRecord.bytes,
    tableBytes: codebooks * 16 * rowBytes(outputs),
  }),
  accumulatorRange,
  describeParameter,
  describeTable,
  read,
};
