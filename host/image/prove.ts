import { NomulError } from "../errors.ts";
import { packers } from "../generated/operators.ts";
import type { Program } from "../reference/program.ts";

const INT32_MAX = 2 ** 31 - 1;

/**
 * Proves for every step and output that no input can overflow: the table sum fits in
 * `accumulatorBits`, and sum + bias + round fits in 32 bits. The bounds are exact per output
 * (smallest and largest entry of every codebook), hence so is the refusal.
 * @param accumulatorBits width of the realisation's accumulator, 2..32
 * @throws NomulError E_ACCUMULATOR_OVERFLOW naming step and output
 */
export function proveNoOverflow(program: Program, accumulatorBits = 32): void {
  const limit = 2 ** (accumulatorBits - 1) - 1;
  program.layers.forEach((layer, step) => {
    const { min, max } = packers[layer.operator].accumulatorRange(layer);
    for (let m = 0; m < layer.outputs; m++) {
      const shift = layer.shift[m];
      const added = layer.bias[m] + (shift > 0 ? 2 ** (shift - 1) : 0);
      const fits =
        max[m] <= limit &&
        min[m] >= -limit - 1 &&
        max[m] + added <= INT32_MAX &&
        min[m] + layer.bias[m] >= -INT32_MAX - 1;
      if (fits) continue;
      throw new NomulError(
        "E_ACCUMULATOR_OVERFLOW",
        `table sums reach ${min[m]}..${max[m]} (bias ${layer.bias[m]}, shift ${shift}), ` +
          `outside a ${accumulatorBits}-bit accumulator or the 32-bit output stage`,
        {
          where: `step ${step}, output ${m}`,
          next: "Use fewer codebooks or a coarser table scale for this layer.",
        },
      );
    }
  });
}
