import type { ImageSize } from "./batches.ts";
import { fitNetwork } from "./fit-network.ts";
import { varianceBlocks } from "./image-slices.ts";
import type { FloatNetwork, InputRows } from "./network.ts";
import { Random } from "./random.ts";
import { randomSlices } from "./slices.ts";
import type { TrainingNetwork } from "./tree-training.ts";

/** Rows that the trees are started from. */
const START_ROWS = 12_000;
/** Columns of a codebook that is not a block of an image. */
const SLICE = 4;

/**
 * Tables that imitate a float network, as a start for `fineTune`. Codebooks are blocks of pixels where
 * an image has enough of them, else few random columns each: trees that see different columns err
 * differently.
 * @param inputs [rows][D]
 * @param train rows to learn from; the first 12,000 are used
 * @param codebooks [layers]
 */
export function startingTables(
  float: FloatNetwork,
  inputs: InputRows,
  train: Uint32Array,
  codebooks: readonly number[],
  image: ImageSize | undefined,
  seed: number,
): TrainingNetwork {
  const D = float.layers[0].weights.length / float.layers[0].bias.length;
  const rows = train.subarray(0, START_ROWS);
  const some = inputs.slice(0, rows.length * D);
  rows.forEach((r, i) => {
    some.set(inputs.subarray(r * D, (r + 1) * D), i * D);
  });
  const random = new Random(seed);
  const layers = codebooks.map((C, i) => {
    const first = i === 0;
    if (first && image && C * 6 <= D) {
      return { slices: varianceBlocks(some, image.width, image.height, C) };
    }
    const width = first ? D : float.layers[i].weights.length / float.layers[i].bias.length;
    const columns = Array.from({ length: width }, (_, d) => d);
    const useful = first ? columns.filter((d) => varies(some, D, d)) : columns;
    return { slices: randomSlices(useful.length > 0 ? useful : columns, C, SLICE, random) };
  });
  return fitNetwork(float, { inputs: some }, { layers, seed, effort: "quick" });
}

function varies(inputs: InputRows, D: number, d: number): boolean {
  for (let i = d + D; i < inputs.length; i += D) if (inputs[i] !== inputs[d]) return true;
  return false;
}
