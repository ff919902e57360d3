import { packers } from "../generated/operators.ts";
import { inputBytes } from "../image/input.ts";
import { isPlain } from "../image/plan.ts";
import type { TableImage } from "../image/read.ts";

/** One step as the batch kernels take it; addresses are bytes of the linear memory. */
export interface BatchStep {
  readonly operator: string;
  readonly parameters: number;
  readonly tables: number;
  readonly codebooks: number;
  /** M, padded to 8, padded to 16 */
  readonly outputs: number;
  readonly outputs8: number;
  readonly outputs16: number;
  /** i16 [outputs16] */
  readonly bias: number;
  /**
   * Set if outputs need more than sums modulo 2^16: shifts, sums that saturate. `records` is the address of
   * the output stage's records, 0 without. Sums then come in blocks of 256 codebooks, of so many bytes.
   */
  readonly wide:
    | { readonly records: number; readonly parameterBytes: number; readonly tableBytes: number }
    | undefined;
}

/** Where things lie in the batch kernels' memory. */
export interface BatchMemory {
  readonly device: number;
  readonly steps: readonly BatchStep[];
  /** i16 [largest outputs16], zeros */
  readonly zeros: number;
  readonly codes: number;
  readonly add: number;
  /** [rows][D], as inputs travel */
  readonly input: number;
  /** i16 [rows][largest outputs16] each; a step never writes what it reads */
  readonly outputs: readonly [number, number];
  /** i32 [rows][largest outputs16] */
  readonly accumulators: number;
  readonly bytes: number;
}

const roundUp = (n: number, to: number) => Math.ceil(n / to) * to;
/** Sums of so many entries fit in 16 bits. */
export const CODEBOOK_BLOCK = 256;

/** Does every output equal its sum plus bias modulo 2^16, whatever the input? */
function isNarrow(image: TableImage, step: number): boolean {
  const layer = image.program.layers[step];
  if (layer.shift.some((shift) => shift !== 0)) return false;
  const { min, max } = packers[layer.operator].accumulatorRange(layer);
  return layer.bias.every((bias, m) => min[m] + bias >= -32768 && max[m] + bias <= 32767);
}

/**
 * Places an image and the buffers for `rows` rows behind `start`.
 * @param start first free byte, a multiple of 16
 */
export function batchMemory(image: TableImage, start: number, rows: number): BatchMemory {
  const { layers, inputType } = image.program;
  let bytes = start;
  const place = (length: number) => {
    const at = bytes;
    bytes = roundUp(at + length, 16);
    return at;
  };
  // Tables are read 24 bytes beyond their end.
  const device = place(image.device.length + 32);
  const steps = layers.map((layer, i): BatchStep => {
    const { codebooks, outputs } = layer;
    const { parameterOffset, tableOffset, outputStageOffset } = image.steps[i];
    const section = device + image.tableOffset;
    const block = packers[layer.operator].sizes({ ...layer, codebooks: CODEBOOK_BLOCK });
    const records = isPlain(layer) ? 0 : section + outputStageOffset;
    return {
      operator: layer.operator,
      parameters: device + parameterOffset,
      tables: section + tableOffset,
      codebooks,
      outputs,
      outputs8: roundUp(outputs, 8),
      outputs16: roundUp(outputs, 16),
      bias: place(2 * roundUp(outputs, 16)),
      wide: isNarrow(image, i) ? undefined : { records, ...block },
    };
  });
  const widest = Math.max(...steps.map((step) => step.outputs16));
  const codebooks = Math.max(...steps.map((step) => roundUp(step.codebooks, 16)));
  const wide = steps.some((step) => step.wide !== undefined);
  return {
    device,
    steps,
    zeros: place(2 * widest),
    codes: place(codebooks * rows),
    add: place(2 * widest),
    input: place(rows * inputBytes(inputType, layers[0].inputs)),
    outputs: [place(2 * rows * widest + 16), place(2 * rows * widest + 16)],
    accumulators: place(wide ? 4 * rows * widest : 0),
    bytes,
  };
}
