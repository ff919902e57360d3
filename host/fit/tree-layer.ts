import type { Layer } from "../generated/operators.ts";
import type { Kernels, Part } from "./kernels.ts";
import { shiftFor } from "./quantise.ts";

/** Parts that a batch is cut into, whatever the number of threads: results must not depend on it. */
export const PARTS = 2;

export const pad4 = (n: number) => Math.ceil(n / 4) * 4;

/** A part of a batch on its way through a layer. */
export interface LayerRows {
  /** f32: like the values of the layer */
  readonly gradient: number;
  /** u8[rows][C] */
  readonly codes: number;
  /** f32[rows][M] */
  readonly out: number;
  /** f32[rows][M] */
  readonly dout: number;
}

/** A MADDNESS layer's trainable floats in the kernels' memory; addresses unless said otherwise. */
export interface TreeLayer {
  readonly operator: Layer["operator"];
  readonly inputs: number;
  readonly codebooks: number;
  readonly outputs: number;
  /** Inputs and outputs padded to multiples of 4: the widths of rows. */
  readonly D: number;
  readonly M: number;
  readonly last: boolean;
  /** u16[C][4] */
  readonly dims: number;
  /** f32[count]: tables [C][16][M], bias [M], thresholds [C][15]; the moments alike */
  readonly values: number;
  readonly moment: number;
  readonly square: number;
  readonly count: number;
  readonly bias: number;
  readonly thresholds: number;
  /** f32[C][16][M]: tables as the image can hold them */
  readonly rounded: number;
  /** f32[C][M] and f32[M]: rounded = centre + scale · entry */
  readonly centre: number;
  readonly scale: number;
  readonly parts: readonly LayerRows[];
}

/** Largest entry an operator's tables hold. */
const entryLimit: Readonly<Record<Layer["operator"], number>> = { maddness: 127, maddness4: 7 };

/** Column that a node of a codebook compares: i counts [C][15]. */
const columnOf = (splitDims: Uint16Array, i: number) =>
  splitDims[Math.floor(i / 15) * 4 + 31 - Math.clz32((i % 15) + 1)];

/**
 * An integer layer as floats.
 * @param unit [D] what 1.0 of an input is in integers
 * @param outputUnit [M] what 1.0 of an output is in integers
 * @param rows of a part of a batch
 */
export function placeTreeLayer(
  kernels: Kernels,
  layer: Layer,
  unit: ArrayLike<number>,
  outputUnit: ArrayLike<number>,
  rows: number,
  last: boolean,
): TreeLayer {
  const { codebooks: C, outputs, inputs } = layer;
  const M = pad4(outputs);
  const tables = C * 16 * M;
  const count = tables + M + pad4(C * 15);
  const floats = (n: number) => {
    const at = kernels.allocate(n * 4);
    kernels.f32(at, n).fill(0);
    return at;
  };
  const values = floats(count);
  const placed: TreeLayer = {
    operator: layer.operator,
    inputs,
    codebooks: C,
    outputs,
    D: pad4(inputs),
    M,
    last,
    dims: kernels.put(layer.splitDims),
    values,
    moment: floats(count),
    square: floats(count),
    count,
    bias: values + tables * 4,
    thresholds: values + (tables + M) * 4,
    rounded: floats(tables),
    centre: floats(C * M),
    scale: floats(M),
    parts: Array.from({ length: PARTS }, () => ({
      gradient: floats(count),
      codes: kernels.allocate(rows * C),
      out: floats(rows * M),
      dout: floats(rows * M),
    })),
  };
  const v = kernels.f32(values, count);
  for (let m = 0; m < outputs; m++) {
    const one = 2 ** layer.shift[m] * outputUnit[m];
    for (let k = 0; k < C * 16; k++) v[k * M + m] = layer.tables[k * outputs + m] / one;
    v[tables + m] = layer.bias[m] / one;
  }
  for (let i = 0; i < C * 15; i++) {
    // Between two integers: f32 cannot fall on the wrong side of it.
    v[tables + M + i] = (layer.thresholds[i] - 0.5) / unit[columnOf(layer.splitDims, i)];
  }
  return placed;
}

/** Calls that bring `rounded` up to date with the tables. */
export function roundTables(layer: TreeLayer): Part {
  const { values, codebooks: C, M, operator, last, centre, scale, rounded } = layer;
  return [
    ["fit_entry_scales", values, C, M, entryLimit[operator], last ? 1 : 0, centre, scale],
    ["fit_entry_round", values, C, M, centre, scale, rounded],
  ];
}

/** What the integers of a layer's outputs mean: value = offset + scale · integer. */
export interface Meaning {
  readonly offset: Float64Array;
  readonly scale: Float64Array;
}

/**
 * A trained layer as integers: hidden layers have bias 0, as thresholds after them take it up.
 * @param input what the integers of its inputs mean, in the units it was trained with
 */
export function readTreeLayer(
  kernels: Kernels,
  placed: TreeLayer,
  input: Meaning,
): { layer: Layer; meaning: Meaning } {
  const { operator, codebooks: C, outputs, M, inputs, last } = placed;
  kernels.inParallel([roundTables(placed)]);
  const centre = kernels.f32(placed.centre, C * M);
  const scale = Float64Array.from(kernels.f32(placed.scale, outputs));
  const rounded = kernels.f32(placed.rounded, C * 16 * M);
  const offset = Float64Array.from(kernels.f32(placed.bias, outputs));
  const tables = new Int8Array(C * 16 * outputs);
  const reach = new Float64Array(outputs);
  for (let c = 0; c < C; c++) {
    for (let m = 0; m < outputs; m++) {
      let most = 0;
      offset[m] += centre[c * M + m];
      for (let k = c * 16; k < c * 16 + 16; k++) {
        const entry = Math.round((rounded[k * M + m] - centre[c * M + m]) / scale[m]);
        tables[k * outputs + m] = entry;
        most = Math.max(most, Math.abs(entry));
      }
      reach[m] += most;
    }
  }
  const bias = new Int32Array(outputs);
  if (last) {
    for (let m = 0; m < outputs; m++) {
      bias[m] = Math.round(offset[m] / scale[m]);
      reach[m] += Math.abs(bias[m]);
    }
    offset.fill(0);
  }
  const shift = shiftFor(Math.max(...reach));
  const splitDims = kernels.u16(placed.dims, C * 4).slice();
  const thresholds = Int16Array.from(kernels.f32(placed.thresholds, C * 15), (t, i) => {
    const d = columnOf(splitDims, i);
    return Math.min(32767, Math.max(-32768, Math.ceil((t - input.offset[d]) / input.scale[d])));
  });
  return {
    layer: {
      operator,
      inputs,
      outputs,
      codebooks: C,
      splitDims,
      thresholds,
      tables,
      bias,
      shift: new Uint8Array(outputs).fill(shift),
    },
    meaning: { offset, scale: scale.map((s) => s * 2 ** shift) },
  };
}
