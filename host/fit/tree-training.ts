import type { Layer } from "../generated/operators.ts";
import type { Batches } from "./batches.ts";
import type { Call, Kernels, Part } from "./kernels.ts";
import type { Objective } from "./objective.ts";
import type { Random } from "./random.ts";
import { spreadsOf } from "./spreads.ts";
import {
  type Meaning,
  PARTS,
  placeTreeLayer,
  readTreeLayer,
  roundTables,
  type TreeLayer,
} from "./tree-layer.ts";

export interface TrainingNetwork {
  readonly layers: readonly Layer[];
  /** Float output ≈ integer output × outputScale. */
  readonly outputScale: number;
}

/** Values and moments of all layers, and how many steps made them. */
export interface TrainingState {
  readonly step: number;
  /** Per layer: values, moment, square */
  readonly arrays: readonly Float32Array[];
}

/** Rows whose outputs give the units of hidden layers. */
const SAMPLE = 2048;

/** All layers of a network in training: one step of Adam at a time, and measuring. */
export class TreeTraining {
  readonly #kernels: Kernels;
  readonly #batches: Batches;
  readonly #objective: Objective;
  readonly #layers: readonly TreeLayer[];
  readonly #x: readonly number[];
  readonly #partRows: number;
  readonly #input: Meaning;
  #step = 0;

  /**
   * @param sample rows that say how far the outputs of hidden layers spread
   * @param width of the smoothed comparison, in standard deviations of what is compared
   */
  constructor(
    kernels: Kernels,
    network: TrainingNetwork,
    batches: Batches,
    objective: Objective,
    sample: Uint32Array,
    batch: number,
    width: number,
  ) {
    this.#kernels = kernels;
    this.#batches = batches;
    this.#objective = objective;
    this.#partRows = Math.ceil(batch / PARTS);
    this.#input = { offset: new Float64Array(batches.D), scale: batches.unit.map((u) => 1 / u) };
    const { layers, outputScale } = network;
    let unit: ArrayLike<number> = batches.unit;
    const spreads = spreadsOf(layers, batches, sample.subarray(0, SAMPLE));
    this.#layers = layers.map((layer, i) => {
      const last = i === layers.length - 1;
      const outputUnit = last
        ? new Float64Array(layer.outputs).fill(1 / outputScale)
        : spreads[i].map((deviation) => deviation * width);
      const placed = placeTreeLayer(kernels, layer, unit, outputUnit, this.#partRows, last);
      unit = outputUnit;
      return placed;
    });
    const D = this.#layers[0].D;
    this.#x = Array.from({ length: PARTS }, () => kernels.allocate(this.#partRows * D * 4));
    this.#round();
  }

  /**
   * One step over a batch.
   * @param order rows; `count` of them from `first` on, at most `batch`
   * @param dropout [layers] share of codebooks that is left out
   * @returns mean loss before the step
   */
  step(
    order: Uint32Array,
    first: number,
    count: number,
    rates: { readonly tables: number; readonly thresholds: number },
    dropout: readonly number[],
    random: Random,
  ): number {
    const half = Math.ceil(count / PARTS);
    const parts = this.#x.map((_, p): Part => {
      const rows = Math.max(0, Math.min(half, count - p * half));
      return [
        ...this.#batches.load(
          order,
          first + p * half,
          rows,
          random,
          p,
          this.#x[p],
          this.#layers[0].D,
        ),
        ...this.#forward(p, rows, dropout, random),
        ...this.#objective.gradient(p, this.#top.parts[p].out, rows, this.#top.M, count),
        ...this.#backward(p, rows, dropout),
      ];
    });
    this.#objective.load(order, first, count, half);
    const loss = this.#kernels.inParallel(parts);
    this.#step++;
    const correction = 1 / (1 - 0.999 ** this.#step);
    const bias = 1 - 0.9 ** this.#step;
    const updates = this.#layers.map((layer): Part => {
      const trees = layer.codebooks * 16 * layer.M + layer.M;
      const [own, ...others] = layer.parts.map(({ gradient }) => gradient);
      const adam = (from: number, n: number, rate: number): Call => {
        const places = [layer.values, own, layer.moment, layer.square].map((at) => at + 4 * from);
        return ["fit_adam", ...places, n, rate / bias, correction];
      };
      return [
        ...others.map((other): Call => ["fit_add", own, other, layer.count]),
        adam(0, trees, rates.tables),
        adam(trees, layer.count - trees, rates.thresholds),
        ...roundTables(layer),
      ];
    });
    this.#kernels.inParallel(updates);
    return loss;
  }

  /** Mean loss on rows, without dropout or augmentation, and how many are classified rightly. */
  measure(rows: Uint32Array): { loss: number; right: number } {
    const batch = this.#partRows * PARTS;
    let loss = 0;
    let right = 0;
    for (let first = 0; first < rows.length; first += batch) {
      const count = Math.min(batch, rows.length - first);
      const half = Math.ceil(count / PARTS);
      const counts = this.#x.map((_, p) => Math.max(0, Math.min(half, count - p * half)));
      this.#kernels.inParallel(
        counts.map(
          (n, p): Part => [
            ...this.#batches.load(
              rows,
              first + p * half,
              n,
              undefined,
              p,
              this.#x[p],
              this.#layers[0].D,
            ),
            ...this.#forward(p, n, [], undefined),
          ],
        ),
      );
      this.#objective.load(rows, first, count, half);
      right += this.#objective.right(counts, this.#top);
      const losses = counts.map((n, p) =>
        this.#objective.gradient(p, this.#top.parts[p].out, n, this.#top.M, rows.length),
      );
      loss += this.#kernels.inParallel(losses);
    }
    return { loss, right };
  }

  state(): TrainingState {
    const arrays = this.#layers.flatMap(({ values, moment, square, count }) =>
      [values, moment, square].map((at) => this.#kernels.f32(at, count).slice()),
    );
    return { step: this.#step, arrays };
  }

  restore({ step, arrays }: TrainingState): void {
    this.#step = step;
    this.#layers.forEach(({ values, moment, square, count }, i) => {
      [values, moment, square].forEach((at, j) => {
        this.#kernels.f32(at, count).set(arrays[3 * i + j]);
      });
    });
    this.#round();
  }

  /** The network as integers. */
  read(): TrainingNetwork {
    let meaning = this.#input;
    const layers = this.#layers.map((placed) => {
      const read = readTreeLayer(this.#kernels, placed, meaning);
      meaning = read.meaning;
      return read.layer;
    });
    return { layers, outputScale: meaning.scale[0] };
  }

  get #top(): TreeLayer {
    return this.#layers[this.#layers.length - 1];
  }

  #round(): void {
    this.#kernels.inParallel(this.#layers.map(roundTables));
  }

  #forward(p: number, rows: number, dropout: readonly number[], random: Random | undefined): Part {
    let x = this.#x[p];
    return this.#layers.flatMap((layer, i): Call[] => {
      const { D, M, codebooks: C } = layer;
      const { codes, out } = layer.parts[p];
      const share = dropout[i] ?? 0;
      const calls: Call[] = [
        ["fit_tree_codes", x, rows, D, layer.dims, layer.thresholds, C, codes],
      ];
      if (share > 0 && random) {
        calls.push(["fit_tree_drop", codes, rows * C, share * 2 ** 32, random.next() | 1]);
      }
      calls.push([
        "fit_tree_sums",
        codes,
        rows,
        C,
        layer.rounded,
        M,
        layer.bias,
        1 / (1 - share),
        out,
      ]);
      x = out;
      return calls;
    });
  }

  #backward(p: number, rows: number, dropout: readonly number[]): Part {
    const calls: Call[] = [];
    for (let i = this.#layers.length - 1; i >= 0; i--) {
      const layer = this.#layers[i];
      const before = this.#layers[i - 1]?.parts[p];
      const { gradient, codes, out, dout } = layer.parts[p];
      if (before) calls.push(["fit_zero", before.dout, rows * layer.D * 4]);
      calls.push(["fit_zero", gradient, layer.count * 4]);
      calls.push([
        "fit_tree_gradient",
        before?.out ?? this.#x[p],
        rows,
        layer.D,
        layer.dims,
        layer.thresholds,
        layer.codebooks,
        codes,
        layer.rounded,
        layer.M,
        1 / (1 - (dropout[i] ?? 0)),
        layer.last ? out : dout,
        gradient,
        gradient + (layer.bias - layer.values),
        gradient + (layer.thresholds - layer.values),
        before?.dout ?? 0,
      ]);
    }
    return calls;
  }
}
