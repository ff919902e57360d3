import { type Layer, packers } from "../generated/operators.ts";
import { inputBytes } from "../image/input.ts";
import type { TableImage } from "../image/read.ts";
import { stageRecords, tileTables } from "./batch-tables.ts";
import { batchTrees, columnPlan } from "./batch-trees.ts";

/** One step as the batch kernels take it; addresses are bytes of the linear memory. */
export interface BatchStep {
  /** columnPlan and batchTrees of host/runtime/batch-trees.ts, tileTables of batch-tables.ts */
  readonly plan: number;
  readonly trees: number;
  readonly tables: number;
  readonly codebooks: number;
  readonly outputs: number;
  /** i16 [M16] */
  readonly bias: number;
  /**
   * Set if outputs need more than sums modulo 2^16: shifts, sums that saturate. `records` is the address of
   * the output stage's records. Sums then come in blocks of GROUP_BLOCK groups.
   */
  readonly wide: { readonly records: number } | undefined;
}

/** Where things lie in the batch kernels' memory. */
export interface BatchMemory {
  /** What is to be written, and where. */
  readonly contents: readonly (readonly [at: number, bytes: Uint8Array])[];
  readonly steps: readonly BatchStep[];
  /** i16 [largest M16], zeros */
  readonly zeros: number;
  /** Scratch of the kernels: see there. */
  readonly columns: number;
  readonly codes: number;
  readonly add: number;
  /** [capacity][D], as inputs travel */
  readonly input: number;
  /** i16 [capacity][M] */
  readonly output: number;
  /** Between steps, i16 [rows][M]: all codes of a step are there before it writes its first output. */
  readonly between: number;
  /** i32 [rows][largest M16] */
  readonly accumulators: number;
  readonly bytes: number;
}

const roundUp = (n: number, to: number) => Math.ceil(n / to) * to;
/** Sums of so many groups of 16 codebooks fit in 16 bits. */
export const GROUP_BLOCK = 16;
/** Kernels read and write whole vectors: so many bytes behind tables, rows and outputs at most. */
const BEHIND = 64;

/** Does every output equal its sum plus bias modulo 2^16, whatever the input? */
function isNarrow(layer: Layer): boolean {
  if (layer.shift.some((shift) => shift !== 0)) return false;
  const { min, max } = packers[layer.operator].accumulatorRange(layer);
  return layer.bias.every((bias, m) => min[m] + bias >= -32768 && max[m] + bias <= 32767);
}

/**
 * Places an image and its buffers behind `start`.
 * @param start first free byte, a multiple of 16
 * @param rows of a block: steps run on so many at a time
 * @param capacity rows of inputs and outputs to have room for
 */
export function batchMemory(
  image: TableImage,
  start: number,
  rows: number,
  capacity: number,
): BatchMemory {
  const { layers, inputType } = image.program;
  const contents: BatchMemory["contents"][number][] = [];
  let bytes = start;
  const place = (length: number) => {
    const at = bytes;
    bytes = roundUp(at + length, 16);
    return at;
  };
  const write = (array: Uint8Array | Uint16Array | Int16Array) => {
    const at = place(array.byteLength);
    contents.push([at, new Uint8Array(array.buffer, array.byteOffset, array.byteLength)]);
    return at;
  };
  const steps = layers.map((layer, i): BatchStep => {
    const bias = new Int16Array(roundUp(layer.outputs, 16));
    // Of a wide step's bias only the records are used: what is cut off here does not matter.
    bias.set(layer.bias);
    return {
      plan: write(columnPlan(layer)),
      trees: write(batchTrees(layer, i === 0 ? inputType : "i16")),
      tables: write(tileTables(layer)),
      codebooks: layer.codebooks,
      outputs: layer.outputs,
      bias: write(bias),
      wide: isNarrow(layer) ? undefined : { records: write(stageRecords(layer)) },
    };
  });
  const widest = Math.max(...steps.map((step) => roundUp(step.outputs, 16)));
  const inputs = Math.max(...layers.map((layer) => roundUp(layer.inputs, 8)));
  const codebooks = Math.max(...steps.map((step) => roundUp(step.codebooks, 16)));
  const wide = steps.some((step) => step.wide !== undefined);
  const betweenBytes = layers.length > 1 ? 2 * (rows + 16) * widest + BEHIND : 0;
  return {
    contents,
    steps,
    zeros: place(2 * widest),
    columns: place(inputs * 16 * 2),
    codes: place(codebooks * rows),
    add: place(2 * widest),
    input: place((roundUp(capacity, 16) + 16) * inputBytes(inputType, layers[0].inputs) + BEHIND),
    output: place(2 * capacity * layers[layers.length - 1].outputs + BEHIND),
    between: place(betweenBytes),
    accumulators: place(wide ? 4 * rows * widest + BEHIND : 0),
    bytes,
  };
}
