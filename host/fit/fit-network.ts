import { NomulError } from "../errors.ts";
import { type Layer, packers } from "../generated/operators.ts";
import { floatOutputs } from "./float-outputs.ts";
import { denseOfMapped, heldOutNmse, integerOutputs } from "./integer-outputs.ts";
import { Kernels } from "./kernels.ts";
import { fitMaddness, type Goal, type LearnedLayer, type Prior } from "./maddness.ts";
import type { Mapping } from "./mapping.ts";
import { checkNetwork, type FloatNetwork, type InputRows } from "./network.ts";
import { type QuantisedTables, quantiseTables, shiftFor } from "./quantise.ts";
import { splitRows, transpose } from "./rows.ts";
import { checkSlices, contiguousSlices } from "./slices.ts";

export interface Calibration {
  /** [rows][inputs] integers as the device will get them */
  readonly inputs: InputRows;
  /**
   * The rows are this many blocks of variations of the same samples (row r and row r + rows/copies
   * belong together and are held out together). Default 1.
   */
  readonly copies?: number;
}

export interface LayerOptions {
  /** Default "maddness"; "maddness4": half the bytes, with an error of its own. */
  readonly operator?: Layer["operator"] | undefined;
  /** Number of codebooks; default: one per 8 inputs. */
  readonly codebooks?: number;
  /** Columns of every codebook; default: contiguous. */
  readonly slices?: readonly (readonly number[])[];
}

export interface FitOptions {
  /** One entry a layer, in order. */
  readonly layers?: readonly LayerOptions[];
  /**
   * "outputs": ridge onto the float network's outputs; held-out rows choose λ, what to shrink
   * towards, and whether a layer makes good the errors of those before it.
   * "prototypes": as published, λ = 1 and every layer alone. Default "outputs".
   */
  readonly variant?: "outputs" | "prototypes";
  /**
   * "search": every goal and λ is tried. "quick": outputs alone with one λ, as a start for
   * `fineTune`. Default "search".
   */
  readonly effort?: "search" | "quick";
  /** Tried by "outputs"; default 1, 3, 10, 30, 100, 300. */
  readonly lambdas?: readonly number[];
  /** Split columns tried a level, default 4. */
  readonly candidates?: number;
  /** Share of the samples that is held out, default 0.1. */
  readonly heldOut?: number;
  /** u32, default 1: which samples are held out. */
  readonly seed?: number;
  readonly onProgress?: (stage: string, fraction: number) => void;
}

export interface LayerReport {
  /** Mean squared error of the integer layer on held-out rows, divided by the targets' variance. */
  readonly nmse: number;
  readonly lambda: number;
  readonly prior: Prior;
  readonly codebooks: number;
  /** As packed */
  readonly tableBytes: number;
  readonly seconds: number;
}

export interface FittedNetwork {
  readonly layers: Layer[];
  /** Float output ≈ integer output × outputScale. */
  readonly outputScale: number;
  /** What the integer outputs of every layer mean in floats; after the last, offset is 0. */
  readonly mappings: Mapping[];
  readonly report: LayerReport[];
  readonly seed: number;
}

/**
 * Turns a float network into MADDNESS layers of exact integers. Hidden layers have bias 0 and
 * wherever possible shift 0: their scale, offset and activation are folded into the thresholds of
 * the next layer. Deterministic: the same arguments give the same bytes.
 * @throws NomulError E_SHAPE, E_NOT_FINITE, E_RANGE, E_TOO_MANY_CODEBOOKS, E_TOO_FEW_ROWS
 */
export function fitNetwork(
  network: FloatNetwork,
  calibration: Calibration,
  options: FitOptions = {},
): FittedNetwork {
  const widths = checkNetwork(network);
  checkLast(network);
  const slices = network.layers.map((_, i) => {
    const { slices, codebooks } = options.layers?.[i] ?? {};
    const D = widths[i];
    return slices
      ? checkSlices(slices, D, i)
      : contiguousSlices(D, codebooks ?? Math.ceil(D / 8), i);
  });
  checkOptions(options, network.layers.length);
  const seed = options.seed ?? 1;
  const split = splitRows(calibration, widths[0], options.heldOut ?? 0.1, seed);
  const kernels = new Kernels();
  const variant = options.variant ?? "outputs";
  const targets = floatOutputs(kernels, network, calibration.inputs, split.order);

  const quick = options.effort === "quick";
  const lambdas = variant === "prototypes" ? [1] : (options.lambdas ?? [1, 3, 10, 30, 100, 300]);

  const layers: Layer[] = [];
  const report: LayerReport[] = [];
  let columns = transpose(calibration.inputs, split.order, widths[0]);
  let mapping: Mapping = {
    scale: new Float64Array(widths[0]).fill(network.inputScale),
    offset: new Float64Array(widths[0]),
    activation: "none",
  };
  const mappings: Mapping[] = [];
  network.layers.forEach((dense, i) => {
    const started = performance.now();
    const last = i === network.layers.length - 1;
    const alone = () => denseOfMapped(dense, columns, mapping, split.rows);
    const learned = fitMaddness(kernels, {
      ...split,
      columns,
      mapping,
      weights: dense.weights,
      targets: targets[i],
      goals: quick
        ? [{ targets: targets[i], prior: "zero" }]
        : goalsOf(variant, targets[i], i === 0 ? undefined : alone),
      slices: slices[i],
      lambdas: quick ? [30] : lambdas,
      candidates: options.candidates ?? 4,
      onProgress: (fraction) => options.onProgress?.(`layer ${i}`, fraction),
    });
    const operator = options.layers?.[i]?.operator ?? "maddness";
    const shape = { operator, inputs: widths[i], codebooks: slices[i].length };
    const built = buildLayer(learned, shape, split.trainRows, last);
    const outputs = integerOutputs(kernels, built.layer, learned.codes, split.rows);
    layers.push(built.layer);
    report.push({
      nmse: heldOutNmse(outputs, built.mapping, targets[i], split),
      lambda: learned.lambda,
      prior: learned.prior,
      codebooks: slices[i].length,
      tableBytes: packers[operator].sizes(built.layer).tableBytes,
      seconds: (performance.now() - started) / 1000,
    });
    columns = outputs;
    mapping = { ...built.mapping, activation: dense.activation };
    mappings.push(mapping);
  });
  return { layers, outputScale: mapping.scale[0], mappings, report, seed };
}

/**
 * As published, a layer imitates its own dense layer on the inputs it gets. Better is the float
 * network's output, as it makes good what the layers before got wrong; with few rows, though, those
 * layers err less on the rows they learned from than on others, and imitation can win.
 * @param alone the dense layer on the inputs this layer gets; undefined when those are exact
 */
function goalsOf(
  variant: "outputs" | "prototypes",
  targets: Float32Array,
  alone: (() => Float32Array) | undefined,
): Goal[] {
  const own = alone ? [alone()] : [];
  if (variant === "prototypes") return [{ targets: own[0] ?? targets, prior: "means" }];
  return [targets, ...own].flatMap((goal) => [
    { targets: goal, prior: "means" as const },
    { targets: goal, prior: "zero" as const },
  ]);
}

function checkLast(network: FloatNetwork): void {
  const last = network.layers[network.layers.length - 1];
  if (last.activation === "none") return;
  throw new NomulError("E_RANGE", `the last layer has the activation ${last.activation}`, {
    where: `layers[${network.layers.length - 1}].activation`,
    next: 'use "none": nothing after the last layer could fold it in',
  });
}

function checkOptions({ layers, lambdas, candidates }: FitOptions, count: number): void {
  if (layers && layers.length > count) {
    throw new NomulError("E_SHAPE", `options for ${layers.length} layers, there are ${count}`, {
      where: "layers",
      next: "give at most one entry a layer, in order",
    });
  }
  if (lambdas && (lambdas.length === 0 || lambdas.some((lambda) => !(lambda > 0)))) {
    throw new NomulError("E_RANGE", `lambdas are ${lambdas.join(", ") || "empty"}`, {
      where: "lambdas",
      next: "give at least one λ, each greater than 0",
    });
  }
  if (candidates !== undefined && !(Number.isInteger(candidates) && candidates >= 1)) {
    throw new NomulError("E_RANGE", `candidates is ${candidates}`, {
      where: "candidates",
      next: "try a whole number of columns a level, at least 1",
    });
  }
}

/** Integers of a learned layer, and what its outputs mean. */
function buildLayer(
  learned: LearnedLayer,
  shape: Pick<Layer, "operator" | "inputs" | "codebooks">,
  trainRows: number,
  last: boolean,
): { layer: Layer; mapping: Omit<Mapping, "activation"> } {
  const M = learned.offset.length;
  const q: QuantisedTables = quantiseTables(
    learned.tables,
    learned.offset,
    learned.codes,
    shape.codebooks,
    trainRows,
    shape.operator,
    last,
  );
  const bias = new Int32Array(M);
  if (last) for (let m = 0; m < M; m++) bias[m] = Math.round(q.offset[m] / q.scale[m]);
  const layer: Layer = {
    ...shape,
    outputs: M,
    splitDims: learned.splitDims,
    thresholds: learned.thresholds,
    tables: q.tables,
    bias,
    shift: new Uint8Array(M),
  };
  const { min, max } = packers[shape.operator].accumulatorRange(layer);
  const bound = bias.reduce((most, b, m) => Math.max(most, max[m] + b, -(min[m] + b)), 0);
  const shift = shiftFor(bound);
  layer.shift.fill(shift);
  return {
    layer,
    mapping: {
      scale: q.scale.map((s) => s * 2 ** shift),
      offset: last ? new Float64Array(M) : q.offset,
    },
  };
}
