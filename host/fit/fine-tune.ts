import { type Augmentation, Batches, columnMoments } from "./batches.ts";
import type { Layer } from "../generated/operators.ts";
import { Kernels } from "./kernels.ts";
import type { InputRows } from "./network.ts";
import { Random } from "./random.ts";
import {
  type OutputMeaning,
  placeTreeLayer,
  readTreeLayer,
  roundTables,
  type TreeLayer,
} from "./tree-layer.ts";

export interface FineTuneOptions {
  readonly outputScale: number;
  readonly epochs?: number;
  readonly batch?: number;
  readonly rate?: number;
  readonly thresholdRate?: number;
  /** Share of codebooks that is left out, a layer */
  readonly dropout?: readonly number[];
  readonly augmentation?: Augmentation;
  readonly smoothing?: number;
  readonly width?: number;
  readonly seed?: number;
  readonly onEpoch?: (epoch: number, loss: number, held: number) => void;
}

export function fineTune(
  layers: readonly Layer[],
  inputs: InputRows,
  labels: ArrayLike<number>,
  train: Uint32Array,
  held: Uint32Array,
  options: FineTuneOptions,
) {
  const D = layers[0].inputs;
  const classes = layers[layers.length - 1].outputs;
  const epochs = options.epochs ?? 30;
  const batch = Math.min(options.batch ?? 128, train.length);
  const kernels = new Kernels();
  const random = new Random(options.seed ?? 1);
  const chunk = Math.max(batch, 256);

  const unit0 = columnMoments(inputs, D, train).deviation.map((v) => v * (options.width ?? 1));
  const placed: TreeLayer[] = [];
  let unit: ArrayLike<number> = unit0;
  let inputBias: ArrayLike<number> = new Float64Array(D);
  const sample = train.subarray(0, 4096);
  let columns: Float64Array[] = Array.from(sample, (r) =>
    Float64Array.from(inputs.subarray(r * D, r * D + D)),
  );
  layers.forEach((layer, i) => {
    const last = i === layers.length - 1;
    let outputUnit: Float64Array;
    if (last) outputUnit = new Float64Array(layer.outputs).fill(1 / options.outputScale);
    else {
      columns = columns.map((x) => sumsOf(layer, x));
      outputUnit = deviationOf(columns, layer.outputs, options.width ?? 1);
    }
    placed.push(placeTreeLayer(kernels, layer, unit, outputUnit, inputBias, chunk, last));
    unit = outputUnit;
    inputBias = Float64Array.from(layer.bias, (b) => (last ? 0 : b));
    if (!last) inputBias = new Float64Array(layer.outputs);
  });
  const D4 = placed[0].D;
  const xAt = kernels.allocate(chunk * D4 * 4);
  const labelsAt = kernels.allocate(chunk);
  const run = kernels.run;
  let dropState = random.next() | 1;

  const batches = new Batches(inputs, new Float64Array(D), unit0, options.augmentation ?? {}, random);
  const load = (rows: ArrayLike<number>, first: number, count: number, augment: boolean) => {
    batches.load(kernels, rows, first, count, augment, xAt, D4);
    const l = kernels.u8(labelsAt, count);
    for (let i = 0; i < count; i++) l[i] = labels[rows[first + i]];
  };
  const forward = (count: number, drop: boolean) => {
    placed.forEach((layer, i) => {
      const x = i === 0 ? xAt : placed[i - 1].out;
      const p = drop ? (options.dropout?.[i] ?? 0) : 0;
      run.fit_tree_codes(x, count, layer.D, layer.dims, layer.thresholds, layer.codebooks, layer.codes);
      if (p > 0) dropState = run.fit_tree_drop(layer.codes, count * layer.codebooks, Math.floor(p * 2 ** 32), dropState);
      run.fit_tree_sums(layer.codes, count, layer.codebooks, layer.rounded, layer.M, layer.bias, 1 / (1 - p), layer.out);
    });
  };
  const evaluate = (rows: Uint32Array) => {
    placed.forEach((layer, i) => roundTables(kernels, layer, i === placed.length - 1));
    let right = 0;
    const { out, M } = placed[placed.length - 1];
    for (let first = 0; first < rows.length; first += chunk) {
      const count = Math.min(chunk, rows.length - first);
      load(rows, first, count, false);
      forward(count, false);
      const y = kernels.f32(out, count * M);
      for (let i = 0; i < count; i++) {
        let best = 0;
        for (let m = 1; m < classes; m++) if (y[i * M + m] > y[i * M + best]) best = m;
        if (best === labels[rows[first + i]]) right++;
      }
    }
    return right / rows.length;
  };

  const steps = Math.ceil(train.length / batch);
  let step = 0;
  let best = { held: evaluate(held), values: placed.map((l) => kernels.f32(l.values, l.count).slice()), epoch: 0 };
  options.onEpoch?.(0, 0, best.held);
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const order = random.permutation(train.length).map((i) => train[i]);
    let loss = 0;
    for (let first = 0; first < train.length; first += batch) {
      const count = Math.min(batch, train.length - first);
      load(order, first, count, true);
      placed.forEach((layer, i) => {
        roundTables(kernels, layer, i === placed.length - 1);
        kernels.f32(layer.gradient, layer.count).fill(0);
      });
      forward(count, true);
      const top = placed[placed.length - 1];
      loss += (run.fit_softmax(top.out, count, top.M, classes, labelsAt) * count) / train.length;
      for (let i = placed.length - 1; i >= 0; i--) {
        const layer = placed[i];
        const p = options.dropout?.[i] ?? 0;
        const dout = layer === top ? layer.out : layer.dout;
        const before = placed[i - 1];
        if (before) kernels.f32(before.dout, count * before.M).fill(0);
        // bias
        const g = kernels.f32(layer.gradient, layer.count);
        if (layer === top) {
          const dy = kernels.f32(dout, count * layer.M);
          const at = layer.codebooks * 16 * layer.M;
          for (let r = 0; r < count; r++) for (let m = 0; m < layer.M; m++) g[at + m] += dy[r * layer.M + m];
        }
        if (p > 0) run.fit_scale(dout, count * layer.M, 1 / (1 - p));
        run.fit_tree_gradient(
          i === 0 ? xAt : before.out, count, layer.D, layer.dims, layer.thresholds, layer.codebooks,
          layer.codes, layer.rounded, layer.M, dout, layer.gradient,
          layer.gradient + (layer.thresholds - layer.values), before?.dout ?? 0,
        );
      }
      step++;
      const cosine = 0.5 * (1 + Math.cos((Math.PI * step) / (epochs * steps)));
      const rate = ((options.rate ?? 1.5e-3) * cosine) / (1 - 0.9 ** step);
      const correction = 1 / (1 - 0.999 ** step);
      for (const l of placed) {
        const tableCount = l.codebooks * 16 * l.M + l.M;
        run.fit_adam(l.values, l.gradient, l.moment, l.square, tableCount, rate, correction);
        const off = tableCount * 4;
        run.fit_adam(l.values + off, l.gradient + off, l.moment + off, l.square + off, l.count - tableCount, rate * (options.thresholdRate ?? 0.5), correction);
      }
    }
    const score = evaluate(held);
    if (score >= best.held) best = { held: score, values: placed.map((l) => kernels.f32(l.values, l.count).slice()), epoch };
    options.onEpoch?.(epoch, loss, score);
  }
  const readAll = () => {
    let meaning: OutputMeaning = { offset: new Float64Array(D), scale: unit0.map((u) => 1 / u) };
    const result = placed.map((l, i) => {
      const read = readTreeLayer(kernels, l, layers[i].operator, meaning, i === placed.length - 1);
      meaning = read.meaning;
      return read.layer;
    });
    return { layers: result, outputScale: meaning.scale[0] };
  };
  const last = readAll().layers;
  best.values.forEach((v, i) => kernels.f32(placed[i].values, v.length).set(v));
  return { ...readAll(), last, held: best.held, epoch: best.epoch };
}

function sumsOf(layer: Layer, x: Float64Array): Float64Array {
  const y = new Float64Array(layer.outputs);
  for (let c = 0; c < layer.codebooks; c++) {
    let k = 0;
    for (let t = 0; t < 4; t++) {
      k = 2 * k + (x[layer.splitDims[c * 4 + t]] >= layer.thresholds[c * 15 + 2 ** t - 1 + k] ? 1 : 0);
    }
    for (let m = 0; m < y.length; m++) y[m] += layer.tables[(c * 16 + k) * y.length + m];
  }
  for (let m = 0; m < y.length; m++) y[m] /= 2 ** layer.shift[m];
  return y;
}

function deviationOf(rows: Float64Array[], M: number, width: number): Float64Array {
  const out = new Float64Array(M);
  for (let m = 0; m < M; m++) {
    let s = 0;
    let q = 0;
    for (const r of rows) {
      s += r[m];
      q += r[m] ** 2;
    }
    const sd = Math.sqrt(Math.max(0, q / rows.length - (s / rows.length) ** 2));
    out[m] = sd > 0 ? sd * width : 1;
  }
  return out;
}

