import { NomulError } from "../../host/errors.ts";
import { checkNetwork, type FloatNetwork } from "../../host/fit/network.ts";
import {
  denseTotals,
  type Int8Layer,
  type Int8Network,
  int8Output,
  TOTAL_MAX,
} from "./reference.ts";

/** Refuses what would overflow for some input. */
function prove(layer: Int8Layer, index: number): void {
  const { inputs, outputs, weights, bias } = layer;
  for (let m = 0; m < outputs; m++) {
    let low = bias[m];
    let high = bias[m];
    for (let d = 0; d < inputs; d++) {
      const most = 255 * weights[m * inputs + d];
      if (most < 0) low += most;
      else high += most;
    }
    if (low >= -TOTAL_MAX && high <= TOTAL_MAX) continue;
    throw new NomulError("E_ACCUMULATOR_OVERFLOW", `totals of ${low}..${high} do not fit`, {
      where: `layer ${index}, output ${m}`,
      next: `Keep weights and bias of one output within ±${TOTAL_MAX} for inputs of 255.`,
    });
  }
}

/** Smallest shift after which `largest`, rounded half up, is at most `limit`. */
function shiftTo(largest: number, limit: number): number {
  let shift = 0;
  while (Math.floor(largest / 2 ** shift + 0.5) > limit) shift++;
  return shift;
}

/**
 * Post-training quantisation: each hidden output has a weight scale of its own, and its activation a
 * scale that is a power of two times it, which goes into the next layer's weights: ReLU lets a
 * positive factor through. So no layer needs a multiplier behind its accumulator, and weights lose
 * nothing by it. The last layer has one scale and one shift, so that its outputs compare.
 * @param inputs [rows][D] u8 that show how large activations become
 * @throws NomulError E_ACCUMULATOR_OVERFLOW, and what `checkNetwork` throws
 */
export function quantiseInt8(network: FloatNetwork, inputs: Uint8Array): Int8Network {
  const [D] = checkNetwork(network);
  let rows: ArrayLike<number>[] = [];
  for (let at = 0; at < inputs.length; at += D) rows.push(inputs.subarray(at, at + D));
  let inputScale = new Float64Array(D).fill(network.inputScale);

  return network.layers.map((dense, index) => {
    const wide = index === network.layers.length - 1;
    const M = dense.bias.length;
    const count = inputScale.length;
    const real = (m: number, d: number) => dense.weights[d * M + m] * inputScale[d];
    const scale = new Float64Array(M);
    for (let m = 0; m < M; m++) {
      for (let d = 0; d < count; d++) scale[m] = Math.max(scale[m], Math.abs(real(m, d)) / 127);
    }
    if (wide) scale.fill(Math.max(...scale));
    // An output without weights needs no resolution.
    for (let m = 0; m < M; m++) if (scale[m] === 0) scale[m] = 1;
    const weights = Int8Array.from({ length: M * count }, (_, i) => {
      const m = Math.floor(i / count);
      return Math.round(real(m, i % count) / scale[m]);
    });
    const bias = Int32Array.from(dense.bias, (b, m) => Math.round(b / scale[m]));
    const shift = new Uint8Array(M);
    const layer: Int8Layer = { inputs: count, outputs: M, weights, bias, shift, wide };
    prove(layer, index);

    const totals = rows.map((row) => denseTotals(layer, row).map((acc, m) => acc + bias[m]));
    for (let m = 0; m < M; m++) {
      const largest = totals.reduce((most, t) => Math.max(most, wide ? Math.abs(t[m]) : t[m]), 0);
      shift[m] = shiftTo(largest, wide ? 32767 : 255);
    }
    if (wide) shift.fill(Math.max(...shift));
    rows = totals.map((t) => Int16Array.from(t, (acc, m) => int8Output(acc, 0, shift[m], wide)));
    inputScale = scale.map((s, m) => s * 2 ** shift[m]);
    return layer;
  });
}
