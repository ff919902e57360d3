import { NomulError } from "../errors.ts";
import type { TableImage } from "../image/read.ts";

export interface ImageCycles {
  readonly cycles: number;
  /** Table rows' entries added: codebooks × outputs of all steps. */
  readonly lookups: number;
}

/** Outputs of one table word. */
const GROUP = 8;
/** By lanes: clocks in which the encoder makes one row's address, and those of a step's ends. */
const encoders = { 8: { row: 7, ends: 18 }, 16: { row: 4, ends: 19 } } as const;

/**
 * Clock cycles of one inference on the gateware, as INFER reports them: the formulas of
 * docs/gateware.md.
 * @param lanes of the engine
 * @throws NomulError E_BOARD_UNFIT for an operator that the gateware does not have
 */
export function imageCycles(image: TableImage, lanes: 8 | 16): ImageCycles {
  const { row, ends } = encoders[lanes];
  let cycles = 0;
  let lookups = 0;
  image.program.layers.forEach((layer, i) => {
    if (layer.operator !== "maddness") {
      throw new NomulError("E_BOARD_UNFIT", `the gateware has no operator ${layer.operator}`, {
        where: `step ${i}`,
        next: "Use an operator that the gateware has.",
      });
    }
    const groups = Math.ceil(layer.outputs / GROUP);
    const reads = Math.ceil((groups * GROUP) / lanes);
    const rows = (layer.codebooks - 1) * Math.max(reads, row);
    cycles += ends + rows + reads + (image.steps[i].requantise ? 2 + 8 * groups : 2 * groups);
    lookups += layer.codebooks * layer.outputs;
  });
  return { cycles, lookups };
}
