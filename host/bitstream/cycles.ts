import type { Board } from "../board/schema.ts";
import type { TableImage } from "../image/read.ts";

type Engine = Pick<Board["engine"], "lanes" | "outputs">;

export interface ImageCycles {
  readonly cycles: number;
  /** Table rows' entries added: codebooks × outputs of all steps. */
  readonly lookups: number;
}

/** Outputs that the output stage takes at a time. */
const GROUP = 8;
/** By lanes: clocks in which the encoder makes one row's address, and those of a step's ends. */
const encoders = { 8: { row: 7, ends: 18 }, 16: { row: 4, ends: 19 } } as const;

/**
 * Clock cycles of one inference on the gateware, as INFER reports them: the formulas of
 * docs/gateware.md.
 * @param engine of the board, as built
 */
export function imageCycles(image: TableImage, { lanes, outputs }: Engine): ImageCycles {
  const { row, ends } = encoders[lanes];
  let cycles = 0;
  let lookups = 0;
  image.program.layers.forEach((layer, i) => {
    const groups = Math.ceil(layer.outputs / GROUP);
    // The ring of sums of 16 lanes always turns wholly.
    const reads = lanes === 8 ? groups : outputs / lanes;
    const rows = (layer.codebooks - 1) * Math.max(reads, row);
    cycles += ends + rows + reads + (image.steps[i].requantise ? 2 + 8 * groups : 2 * groups);
    lookups += layer.codebooks * layer.outputs;
  });
  return { cycles, lookups };
}
