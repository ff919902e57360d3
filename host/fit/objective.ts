import type { Kernels, Part } from "./kernels.ts";
import { PARTS, type TreeLayer } from "./tree-layer.ts";

/** What a network in training should give for every row. */
export type Goals =
  /** [rows] classes: softmax cross-entropy */
  | { readonly labels: Uint8Array }
  /** [rows][M] floats, such as a float network's outputs: squared error in units of their variance */
  | { readonly outputs: Float32Array };

/** The loss on batches, in the kernels' memory. */
export class Objective {
  readonly #kernels: Kernels;
  readonly #goals: Goals;
  readonly #outputs: number;
  readonly #places: readonly number[];
  readonly #weight: number;

  /** @param rows of a part of a batch */
  constructor(kernels: Kernels, goals: Goals, outputs: number, rows: number) {
    this.#kernels = kernels;
    this.#goals = goals;
    this.#outputs = outputs;
    const bytes = "labels" in goals ? rows : rows * outputs * 4;
    this.#places = Array.from({ length: PARTS }, () => kernels.allocate(bytes));
    this.#weight = kernels.allocate(outputs * 4);
    if ("outputs" in goals) {
      kernels.f32(this.#weight, outputs).set(inverseVariances(goals.outputs, outputs));
    }
  }

  /** Brings the goals of a batch to memory; part p has `half` rows, the last one the rest. */
  load(order: Uint32Array, first: number, count: number, half: number): void {
    const M = this.#outputs;
    this.#places.forEach((at, p) => {
      const n = Math.max(0, Math.min(half, count - p * half));
      const from = first + p * half;
      if ("labels" in this.#goals) {
        const labels = this.#kernels.u8(at, n);
        for (let i = 0; i < n; i++) labels[i] = this.#goals.labels[order[from + i]];
      } else {
        const targets = this.#kernels.f32(at, n * M);
        for (let i = 0; i < n; i++) {
          const row = order[from + i] * M;
          targets.set(this.#goals.outputs.subarray(row, row + M), i * M);
        }
      }
    });
  }

  /** Calls that replace outputs [rows][M] by their gradient; they return their share of the loss. */
  gradient(p: number, out: number, rows: number, M: number, batch: number): Part {
    const at = this.#places[p];
    if ("labels" in this.#goals) {
      return [["fit_softmax", out, rows, M, this.#outputs, at, batch]];
    }
    return [["fit_squared_error", out, rows, M, this.#outputs, at, this.#weight, batch]];
  }

  /** Rows whose largest output is their label; 0 without labels. @param counts rows of every part */
  right(counts: readonly number[], { parts, M }: TreeLayer): number {
    if (!("labels" in this.#goals)) return 0;
    let right = 0;
    counts.forEach((n, p) => {
      const y = this.#kernels.f32(parts[p].out, n * M);
      const labels = this.#kernels.u8(this.#places[p], n);
      for (let i = 0; i < n; i++) {
        let best = 0;
        for (let m = 1; m < this.#outputs; m++) if (y[i * M + m] > y[i * M + best]) best = m;
        if (best === labels[i]) right++;
      }
    });
    return right;
  }
}

/** [M] 1 / (M · variance); outputs that do not vary count as if their variance were 1. */
function inverseVariances(values: Float32Array, M: number): Float32Array {
  const n = values.length / M;
  const sums = new Float64Array(M);
  const squares = new Float64Array(M);
  for (let i = 0; i < values.length; i++) sums[i % M] += values[i] / n;
  for (let i = 0; i < values.length; i++) squares[i % M] += (values[i] - sums[i % M]) ** 2 / n;
  return Float32Array.from(squares, (v) => 1 / (M * (v > 0 ? v : 1)));
}
