import { NomulError } from "../errors.ts";
import { type Augmentation, Batches, columnMoments } from "./batches.ts";
import { Kernels } from "./kernels.ts";
import type { DenseLayer, FloatNetwork, InputRows } from "./network.ts";
import { Random } from "./random.ts";

export interface MlpOptions {
  /** Widths of the hidden ReLU layers, input side first. */
  readonly hidden: readonly number[];
  /** Number of classes; default: largest label + 1. */
  readonly classes?: number;
  /** Passes over the rows, default 20. */
  readonly epochs?: number;
  /** Rows a step, default 128. */
  readonly batch?: number;
  /** Adam's rate at the start, default 2e-3; falls to 0 along half a cosine. */
  readonly rate?: number;
  /** u32, default 1: initial weights and the order of rows. */
  readonly seed?: number;
  /**
   * Network input = integer × inputScale; default 1/255. "columns": every column is learned with mean
   * 0 and deviation 1, which its weights then take up.
   */
  readonly inputScale?: number | "columns";
  /** Type of the integers; default "u8". */
  readonly inputType?: FloatNetwork["inputType"];
  /** Rows to learn from; default all. */
  readonly rows?: Uint32Array;
  readonly augmentation?: Augmentation;
  readonly onProgress?: (fraction: number, loss: number) => void;
}

/** A layer's arrays inside the kernels' memory. */
interface Place {
  readonly inputs: number;
  readonly outputs: number;
  readonly D: number; // inputs with the padding of the layer before; its weights stay 0
  readonly M: number; // outputs padded to a multiple of 4
  readonly values: number; // f32[D][M], then bias f32[M]; gradient and moments alike
  readonly gradient: number;
  readonly moment: number;
  readonly square: number;
  readonly out: number; // f32[batch][M]
  readonly dout: number;
}

/**
 * Trains a dense ReLU network on labelled rows: softmax cross-entropy, minibatch Adam.
 * Deterministic: the same arguments give the same weights, bit for bit.
 * @param x [rows][inputs] u8
 * @param labels [rows] u8 classes
 * @throws NomulError E_SHAPE when the lengths do not match or a label is not below `classes`
 */
export function trainMlp(x: InputRows, labels: Uint8Array, options: MlpOptions): FloatNetwork {
  const inputs = x.length / labels.length;
  const classes = options.classes ?? labels.reduce((a, b) => Math.max(a, b), 0) + 1;
  checkShapes(x, labels, classes);
  const chosen = options.rows ?? Uint32Array.from({ length: labels.length }, (_, i) => i);
  const rows = chosen.length;
  const epochs = options.epochs ?? 20;
  const batch = Math.min(options.batch ?? 128, rows);
  const scaling = options.inputScale ?? 1 / 255;
  const random = new Random(options.seed ?? 1);
  const kernels = new Kernels();
  const widths = [inputs, ...options.hidden, classes];
  const layers = widths
    .slice(1)
    .map((M, i) => place(kernels, widths[i], i === 0 ? inputs : pad4(widths[i]), M, batch, random));
  const { mean, deviation } =
    scaling === "columns"
      ? columnMoments(x, inputs, chosen)
      : { mean: new Float64Array(inputs), deviation: new Float64Array(inputs).fill(1 / scaling) };
  const augmentation = options.augmentation ?? {};
  const batches = new Batches(kernels, x, mean, deviation, augmentation, 1, batch);
  const xAt = kernels.allocate(batch * inputs * 4);
  const labelsAt = kernels.allocate(batch);

  const steps = Math.ceil(rows / batch);
  let step = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = random.permutation(rows).map((i) => chosen[i]);
    let loss = 0;
    for (let first = 0; first < rows; first += batch) {
      const count = Math.min(batch, rows - first);
      kernels.inParallel([batches.load(order, first, count, random, 0, xAt, inputs)]);
      const labelBatch = kernels.u8(labelsAt, count);
      for (let i = 0; i < count; i++) labelBatch[i] = labels[order[first + i]];
      loss += (gradients(kernels, layers, xAt, labelsAt, count) * count) / rows;
      step++;
      const cosine = 0.5 * (1 + Math.cos((Math.PI * step) / (epochs * steps)));
      update(kernels, layers, (options.rate ?? 2e-3) * cosine, step);
    }
    options.onProgress?.((epoch + 1) / epochs, loss);
  }
  const trained = layers.map((layer) => read(kernels, layer, layers));
  if (scaling === "columns") foldScaling(trained[0], mean, deviation);
  return {
    inputType: options.inputType ?? "u8",
    inputScale: scaling === "columns" ? 1 : scaling,
    layers: trained,
  };
}

/** x·w + b of scaled columns, as weights and bias for the columns as they are. */
function foldScaling(
  { weights, bias }: DenseLayer,
  mean: Float64Array,
  deviation: Float64Array,
): void {
  const M = bias.length;
  for (let m = 0; m < M; m++) {
    let sum = bias[m];
    for (let d = 0; d < mean.length; d++) {
      weights[d * M + m] /= deviation[d];
      sum -= mean[d] * weights[d * M + m];
    }
    bias[m] = sum;
  }
}

function checkShapes(x: InputRows, labels: Uint8Array, classes: number): void {
  if (labels.length === 0 || x.length === 0 || x.length % labels.length !== 0) {
    throw new NomulError(
      "E_SHAPE",
      `${x.length} input values do not divide into ${labels.length} labelled rows`,
      { where: "x", next: "give one label for every row of x" },
    );
  }
  const bad = labels.findIndex((label) => label >= classes);
  if (bad >= 0) {
    throw new NomulError("E_SHAPE", `label ${labels[bad]} is not below ${classes} classes`, {
      where: `labels[${bad}]`,
      next: "number the classes from 0, or raise `classes`",
    });
  }
}

function pad4(n: number): number {
  return Math.ceil(n / 4) * 4;
}

function place(
  kernels: Kernels,
  inputs: number,
  D: number,
  outputs: number,
  batch: number,
  random: Random,
): Place {
  const M = pad4(outputs);
  const count = (D + 1) * M;
  const values = kernels.allocate(count * 4);
  const gradient = kernels.allocate(count * 4);
  const moment = kernels.allocate(count * 4);
  const square = kernels.allocate(count * 4);
  const out = kernels.allocate(batch * M * 4);
  const dout = kernels.allocate(batch * M * 4);
  for (const at of [values, moment, square]) kernels.f32(at, count).fill(0);
  const w = kernels.f32(values, D * M);
  const deviation = Math.sqrt(2 / inputs); // He et al. 2015, for ReLU
  for (let d = 0; d < inputs; d++) {
    for (let m = 0; m < outputs; m++) w[d * M + m] = deviation * random.normal();
  }
  return { inputs, outputs, D, M, values, gradient, moment, square, out, dout };
}

function gradients(
  kernels: Kernels,
  layers: readonly Place[],
  x: number,
  labels: number,
  rows: number,
): number {
  const run = kernels.run;
  layers.forEach((layer, i) => {
    const bias = layer.values + layer.D * layer.M * 4;
    const input = i === 0 ? x : layers[i - 1].out;
    run.fit_dense(input, rows, layer.D, layer.values, bias, layer.M, layer.out);
    if (i < layers.length - 1) run.fit_relu(layer.out, rows * layer.M);
  });
  const last = layers[layers.length - 1];
  const loss = run.fit_softmax(last.out, rows, last.M, last.outputs, labels, rows);
  for (let i = layers.length - 1; i >= 0; i--) {
    const layer = layers[i];
    const before = i === 0 ? undefined : layers[i - 1];
    const dout = layer === last ? layer.out : layer.dout;
    const dbias = layer.gradient + layer.D * layer.M * 4;
    run.fit_dense_gradient(
      before?.out ?? x,
      rows,
      layer.D,
      layer.values,
      layer.M,
      dout,
      layer.gradient,
      dbias,
      before?.dout ?? 0,
    );
    if (before) run.fit_relu_gradient(before.out, before.dout, rows * before.M);
  }
  return loss;
}

function update(kernels: Kernels, layers: readonly Place[], rate: number, step: number): void {
  const corrected = rate / (1 - 0.9 ** step);
  const correction = 1 / (1 - 0.999 ** step);
  for (const { values, gradient, moment, square, D, M } of layers) {
    kernels.run.fit_adam(values, gradient, moment, square, (D + 1) * M, corrected, correction);
  }
}

function read(kernels: Kernels, layer: Place, layers: readonly Place[]): DenseLayer {
  const { inputs, outputs, D, M } = layer;
  const all = kernels.f32(layer.values, (D + 1) * M);
  const weights = new Float32Array(inputs * outputs);
  for (let d = 0; d < inputs; d++) {
    weights.set(all.subarray(d * M, d * M + outputs), d * outputs);
  }
  const bias = all.slice(D * M, D * M + outputs);
  return { weights, bias, activation: layer === layers[layers.length - 1] ? "none" : "relu" };
}
