import { NomulError } from "../errors.ts";
import type { TableImage } from "../image/read.ts";

export interface ImageCycles {
  readonly cycles: number;
  /** Table rows' entries added: codebooks × outputs of all steps. */
  readonly lookups: number;
}

/** Outputs that the engine adds in one clock. */
const LANES = 8;
/** Clocks in which the encoder makes one row's address. */
const ENCODER_CLOCKS = 7;

/**
 * Clock cycles of one inference on the gateware, as INFER reports them: the formula of docs/gateware.md,
 * "One codebook".
 * @throws NomulError E_BOARD_UNFIT for an operator that the gateware does not have
 */
export function imageCycles(image: TableImage): ImageCycles {
  let cycles = 0;
  let lookups = 0;
  image.program.layers.forEach((layer, i) => {
    if (layer.operator !== "maddness") {
      throw new NomulError("E_BOARD_UNFIT", `the gateware has no operator ${layer.operator}`, {
        where: `step ${i}`,
        next: "Use an operator that the gateware has.",
      });
    }
    const groups = Math.ceil(layer.outputs / LANES);
    const rows = (layer.codebooks - 1) * Math.max(groups, ENCODER_CLOCKS);
    cycles += rows + (image.steps[i].requantise ? 20 + 9 * groups : 18 + 3 * groups);
    lookups += layer.codebooks * layer.outputs;
  });
  return { cycles, lookups };
}
