import type { Layer } from "../generated/operators.ts";
import type { Kernels } from "./kernels.ts";
import { shiftFor } from "./quantise.ts";

/** A MADDNESS layer's trainable floats in the kernels' memory, with room for a batch. */
export interface TreeLayer {
  readonly inputs: number;
  /** Inputs padded to a multiple of 4: the width of rows of x. */
  readonly D: number;
  readonly codebooks: number;
  readonly outputs: number;
  /** Outputs padded to a multiple of 4. */
  readonly M: number;
  readonly limit: number;
  readonly dims: number;
  /** f32: tables [C][16][M], bias [M], thresholds [C][15]; gradient and moments alike */
  readonly values: number;
  readonly gradient: number;
  readonly moment: number;
  readonly square: number;
  readonly count: number;
  readonly tables: number;
  readonly bias: number;
  readonly thresholds: number;
  /** f32[C][16][M]: tables rounded to what the image can hold */
  readonly rounded: number;
  readonly centre: number;
  readonly scale: number;
  readonly codes: number;
  readonly out: number;
  readonly dout: number;
}

export const pad4 = (n: number) => Math.ceil(n / 4) * 4;

/**
 * An integer layer as floats.
 * @param unit [D] what 1.0 of an input is in integers
 * @param outputUnit [M] what 1.0 of an output is in integers
 * @param inputBias [D] what to add to the inputs: the bias of the layer before
 */
export function placeTreeLayer(
  kernels: Kernels,
  layer: Layer,
  unit: ArrayLike<number>,
  outputUnit: ArrayLike<number>,
  inputBias: ArrayLike<number>,
  batch: number,
  last: boolean,
): TreeLayer {
  const { codebooks: C, outputs, inputs } = layer;
  const M = pad4(outputs);
  const tableCount = C * 16 * M;
  const count = tableCount + M + pad4(C * 15);
  const blocks = Array.from({ length: 4 }, () => kernels.allocate(count * 4));
  const [values, gradient, moment, square] = blocks;
  for (const at of blocks) kernels.f32(at, count).fill(0);
  const placed: TreeLayer = {
    inputs,
    D: pad4(inputs),
    codebooks: C,
    outputs,
    M,
    limit: layer.operator === "maddness4" ? 7 : 127,
    dims: kernels.put(layer.splitDims),
    values,
    gradient,
    moment,
    square,
    count,
    tables: values,
    bias: values + tableCount * 4,
    thresholds: values + (tableCount + M) * 4,
    rounded: kernels.allocate(tableCount * 4),
    centre: kernels.allocate(C * M * 4),
    scale: kernels.allocate(M * 4),
    codes: kernels.allocate(batch * C),
    out: kernels.allocate(batch * M * 4),
    dout: kernels.allocate(batch * M * 4),
  };
  const v = kernels.f32(values, count);
  for (let k = 0; k < C * 16; k++) {
    for (let m = 0; m < outputs; m++) {
      v[k * M + m] = layer.tables[k * outputs + m] / 2 ** layer.shift[m] / outputUnit[m];
    }
  }
  if (last) {
    for (let m = 0; m < outputs; m++) v[tableCount + m] = layer.bias[m] / outputUnit[m];
  }
  for (let i = 0; i < C * 15; i++) {
    const node = i % 15;
    const level = 31 - Math.clz32(node + 1);
    const d = layer.splitDims[Math.floor(i / 15) * 4 + level];
    // Between two integers: f32 cannot fall on the wrong side of it.
    v[tableCount + M + i] = (layer.thresholds[i] - 0.5 - inputBias[d]) / unit[d];
  }
  return placed;
}

/** What the integers of a trained layer mean: value = offset + scale · integer. */
export interface OutputMeaning {
  readonly offset: Float64Array;
  readonly scale: Float64Array;
}

/**
 * The layer as integers.
 * @param input what the integers of its inputs mean, in the units it was trained with
 */
export function readTreeLayer(
  kernels: Kernels,
  placed: TreeLayer,
  operator: Layer["operator"],
  input: OutputMeaning,
  last: boolean,
): { layer: Layer; meaning: OutputMeaning } {
  const { codebooks: C, outputs, M, inputs } = placed;
  roundTables(kernels, placed, last);
  const centre = kernels.f32(placed.centre, C * M);
  const scales = kernels.f32(placed.scale, M);
  const rounded = kernels.f32(placed.rounded, C * 16 * M);
  const v = kernels.f32(placed.values, placed.count);
  const dims = new Uint16Array(kernels.run.memory.buffer, placed.dims, C * 4).slice();
  const tables = new Int8Array(C * 16 * outputs);
  const offset = new Float64Array(outputs);
  const scale = Float64Array.from(scales.subarray(0, outputs));
  const reach = new Float64Array(outputs);
  for (let c = 0; c < C; c++) {
    for (let m = 0; m < outputs; m++) {
      let most = 0;
      offset[m] += centre[c * M + m];
      for (let k = 0; k < 16; k++) {
        const i = (c * 16 + k) * M + m;
        const q = Math.round((rounded[i] - centre[c * M + m]) / scale[m]);
        tables[(c * 16 + k) * outputs + m] = q;
        most = Math.max(most, Math.abs(q));
      }
      reach[m] += most;
    }
  }
  const bias = new Int32Array(outputs);
  if (last) {
    for (let m = 0; m < outputs; m++) {
      bias[m] = Math.round((offset[m] + v[C * 16 * M + m]) / scale[m]);
      reach[m] += Math.abs(bias[m]);
      offset[m] = 0;
    }
  }
  const shift = shiftFor(Math.max(...reach));
  const thresholds = new Int16Array(C * 15);
  const first = C * 16 * M + M;
  for (let i = 0; i < C * 15; i++) {
    const level = 31 - Math.clz32((i % 15) + 1);
    const d = dims[Math.floor(i / 15) * 4 + level];
    const t = Math.ceil((v[first + i] - input.offset[d]) / input.scale[d]);
    thresholds[i] = Math.min(32767, Math.max(-32768, t));
  }
  return {
    layer: {
      operator,
      inputs,
      outputs,
      codebooks: C,
      splitDims: dims,
      thresholds,
      tables,
      bias,
      shift: new Uint8Array(outputs).fill(shift),
    },
    meaning: { offset, scale: scale.map((s) => s * 2 ** shift) },
  };
}

/** Brings `rounded` up to date with the tables. */
export function roundTables(kernels: Kernels, layer: TreeLayer, last: boolean): void {
  const { tables, codebooks: C, M, limit, centre, scale, rounded } = layer;
  kernels.run.fit_entry_scales(tables, C, M, limit, last ? 1 : 0, centre, scale);
  kernels.run.fit_entry_round(tables, C, M, centre, scale, rounded);
}
