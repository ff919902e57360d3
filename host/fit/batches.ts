import type { Kernels } from "./kernels.ts";
import type { InputRows } from "./network.ts";
import type { Random } from "./random.ts";

/** What is done to inputs while learning, so that tables do not learn rows by heart. */
export interface Augmentation {
  /** Standard deviation of noise on every input, in units of `Batches`' output. Default 0. */
  readonly noise?: number | undefined;
  /** Inputs are an image: it is moved by up to this many pixels each way; 0 comes in. */
  readonly image?: { readonly width: number; readonly height: number } | undefined;
  readonly moves?: number | undefined;
}

/** Brings rows of integers into the kernels' memory as f32: (x - offset[d]) / unit[d]. */
export class Batches {
  readonly inputs: InputRows;
  readonly offset: Float64Array;
  readonly unit: Float64Array;
  readonly #augmentation: Augmentation;
  readonly #random: Random;

  /**
   * @param inputs [rows][D]
   * @param offset [D]
   * @param unit [D], each > 0
   */
  constructor(
    inputs: InputRows,
    offset: Float64Array,
    unit: Float64Array,
    augmentation: Augmentation,
    random: Random,
  ) {
    this.inputs = inputs;
    this.offset = offset;
    this.unit = unit;
    this.#augmentation = augmentation;
    this.#random = random;
  }

  /**
   * @param order rows to take; from `first` on, `count` of them
   * @param to address of f32[count][width], width >= D; padding is left as it is
   */
  load(
    kernels: Kernels,
    order: ArrayLike<number>,
    first: number,
    count: number,
    augment: boolean,
    to: number,
    width: number,
  ): void {
    const { inputs, offset, unit } = this;
    const D = unit.length;
    const x = kernels.f32(to, count * width);
    const { image, moves = 0, noise = 0 } = this.#augmentation;
    for (let i = 0; i < count; i++) {
      const from = order[first + i] * D;
      const at = i * width;
      if (augment && image && moves > 0) {
        this.#moved(x, at, from, image.width, image.height, moves);
      } else {
        for (let d = 0; d < D; d++) x[at + d] = (inputs[from + d] - offset[d]) / unit[d];
      }
      if (augment && noise > 0) {
        const random = this.#random;
        for (let d = 0; d < D; d++) {
          // Three uniforms have a deviation of one half.
          const u = random.uniform() + random.uniform() + random.uniform() - 1.5;
          x[at + d] += 2 * noise * u;
        }
      }
    }
  }

  #moved(
    x: Float32Array,
    at: number,
    from: number,
    width: number,
    height: number,
    moves: number,
  ): void {
    const { inputs, offset, unit } = this;
    const right = this.#random.below(2 * moves + 1) - moves;
    const down = this.#random.below(2 * moves + 1) - moves;
    for (let y = 0; y < height; y++) {
      const row = y + down;
      for (let column = 0; column < width; column++) {
        const d = y * width + column;
        const there = column + right;
        const inside = row >= 0 && row < height && there >= 0 && there < width;
        const v = inside ? inputs[from + row * width + there] : 0;
        x[at + d] = (v - offset[d]) / unit[d];
      }
    }
  }
}

/**
 * Mean and standard deviation of every column; a column that never changes has deviation 1.
 * @param inputs [rows][D]
 * @param rows those that count
 */
export function columnMoments(
  inputs: ArrayLike<number>,
  D: number,
  rows: ArrayLike<number>,
): { mean: Float64Array; deviation: Float64Array } {
  const mean = new Float64Array(D);
  const deviation = new Float64Array(D);
  const n = rows.length;
  for (let i = 0; i < n; i++) for (let d = 0; d < D; d++) mean[d] += inputs[rows[i] * D + d] / n;
  for (let i = 0; i < n; i++) {
    for (let d = 0; d < D; d++) deviation[d] += (inputs[rows[i] * D + d] - mean[d]) ** 2 / n;
  }
  for (let d = 0; d < D; d++) deviation[d] = deviation[d] > 0 ? Math.sqrt(deviation[d]) : 1;
  return { mean, deviation };
}
