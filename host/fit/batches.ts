import type { Call, Kernels, Part } from "./kernels.ts";
import type { InputRows } from "./network.ts";
import type { Random } from "./random.ts";

/** What is done to inputs while learning, so that tables do not learn rows by heart. */
export interface Augmentation {
  /** Standard deviation of noise on every input, in units of what is learned from. Default 0. */
  readonly noise?: number | undefined;
  /** The inputs are an image, row by row; it is moved by up to `moves` pixels each way, default 0. */
  readonly image?: ImageSize | undefined;
  readonly moves?: number | undefined;
}

export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** Rows of integers in the kernels' memory, taken from there as f32: (x - offset[d]) / unit[d]. */
export class Batches {
  readonly D: number;
  /** [D], each > 0 */
  readonly unit: Float64Array;
  readonly #kernels: Kernels;
  readonly #augmentation: Augmentation;
  readonly #inputs: InputRows;
  readonly #rows: number;
  readonly #offset: number;
  readonly #factor: number;
  readonly #order: readonly number[];
  readonly #moves: readonly number[];

  /**
   * @param inputs [rows][D]
   * @param offset [D]
   * @param unit [D], each > 0
   * @param parts that rows are taken in beside each other, each of at most `partRows`
   */
  constructor(
    kernels: Kernels,
    inputs: InputRows,
    offset: Float64Array,
    unit: Float64Array,
    augmentation: Augmentation,
    parts: number,
    partRows: number,
  ) {
    this.#kernels = kernels;
    this.#augmentation = augmentation;
    this.#inputs = inputs;
    this.D = unit.length;
    this.unit = unit;
    this.#rows = kernels.put(inputs instanceof Int16Array ? inputs : Int16Array.from(inputs));
    this.#offset = kernels.put(Float32Array.from(offset));
    this.#factor = kernels.put(Float32Array.from(unit, (u) => 1 / u));
    const places = (bytes: number) =>
      Array.from({ length: parts }, () => kernels.allocate(bytes * partRows));
    this.#order = places(4);
    this.#moves = places(8);
  }

  /**
   * Calls that bring `count` rows to memory.
   * @param random augments them; undefined: as they are
   * @param part whose place for the rows' numbers is used
   * @param to address of f32[count][width], width >= D; the padding is left as it is
   */
  load(
    order: Uint32Array,
    first: number,
    count: number,
    random: Random | undefined,
    part: number,
    to: number,
    width: number,
  ): Part {
    const rows = this.#order[part];
    this.#kernels.u32(rows, count).set(order.subarray(first, first + count));
    const { image, moves = 0, noise = 0 } = this.#augmentation;
    const calls: Call[] = [];
    if (random && image && moves > 0) {
      const by = this.#kernels.i32(this.#moves[part], count * 2);
      for (let i = 0; i < by.length; i++) by[i] = random.below(2 * moves + 1) - moves;
      const size = [image.width, image.height] as const;
      const scaling = [this.#offset, this.#factor] as const;
      const places = [rows, count, this.#moves[part]] as const;
      calls.push(["fit_rows_load_moved", this.#rows, ...size, ...places, ...scaling, to, width]);
    } else {
      const scaling = [this.#offset, this.#factor] as const;
      calls.push(["fit_rows_load", this.#rows, this.D, rows, count, ...scaling, to, width]);
    }
    if (random && noise > 0) {
      calls.push(["fit_rows_noise", to, count * width, noise, random.next() | 1]);
    }
    return calls;
  }

  /** Rows as they are, [rows][D]. */
  integers(order: Uint32Array): Int16Array {
    const rows = new Int16Array(order.length * this.D);
    order.forEach((row, i) => {
      rows.set(this.#inputs.subarray(row * this.D, (row + 1) * this.D), i * this.D);
    });
    return rows;
  }
}

/**
 * Mean and standard deviation of every column; a column that never changes has deviation 1.
 * @param values [rows][D]
 * @param rows those that count
 */
export function columnMoments(
  values: ArrayLike<number>,
  D: number,
  rows: Uint32Array,
): { mean: Float64Array; deviation: Float64Array } {
  const mean = new Float64Array(D);
  const deviation = new Float64Array(D);
  const n = rows.length;
  for (const r of rows) for (let d = 0; d < D; d++) mean[d] += values[r * D + d] / n;
  for (const r of rows) {
    for (let d = 0; d < D; d++) deviation[d] += (values[r * D + d] - mean[d]) ** 2 / n;
  }
  // Means of equal values may miss them by a rounding.
  for (let d = 0; d < D; d++) deviation[d] = deviation[d] > 1e-9 ? Math.sqrt(deviation[d]) : 1;
  return { mean, deviation };
}
