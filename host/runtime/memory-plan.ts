import { inputBytes } from "../image/input.ts";
import { padOutputs } from "../image/packer.ts";
import type { TableImage } from "../image/read.ts";

/** Where an image's parts lie in the kernels' linear memory: byte addresses, multiples of 16. */
export interface MemoryPlan {
  /** The image's device part. Not 0, which the output stage takes for "no records". */
  readonly device: number;
  /** i16 [arenaElements] */
  readonly arena: number;
  /** i32 [outputs] */
  readonly accumulators: number;
  /** Accumulators: the widest step's outputs, padded to a multiple of 8. */
  readonly outputs: number;
  /** One row of inputs, as they travel. */
  readonly input: number;
  /** End of all of it. */
  readonly bytes: number;
}

const align = (n: number) => (n + 15) & ~15;

/** Places an image in linear memory. */
export function memoryPlan(image: TableImage): MemoryPlan {
  const { layers, inputType } = image.program;
  const outputs = Math.max(...layers.map((layer) => padOutputs(layer.outputs)));
  const device = 16;
  const arena = align(device + image.device.length);
  const accumulators = align(arena + image.arenaElements * 2);
  const input = align(accumulators + outputs * 4);
  const bytes = align(input + inputBytes(inputType, layers[0].inputs));
  return { device, arena, accumulators, outputs, input, bytes };
}

/** Wasm's unit of memory. */
export const PAGE_BYTES = 65536;
