import { NomulError } from "../errors.ts";

/** A dense layer of a float network: y = activation(x·weights + bias). */
export interface DenseLayer {
  /** [D][M] */
  readonly weights: Float32Array;
  /** [M] */
  readonly bias: Float32Array;
  readonly activation: "relu" | "none";
}

/** A trained network of dense layers on integer inputs. */
export interface FloatNetwork {
  readonly inputType: "u8" | "i8" | "i16";
  /** The network sees integer × inputScale. */
  readonly inputScale: number;
  readonly layers: readonly DenseLayer[];
}

/** Integer inputs of many rows, [rows][inputs]. */
export type InputRows = Uint8Array | Int8Array | Int16Array;

/** Number of inputs of a layer; throws E_SHAPE if weights and bias do not match. */
export function layerInputs(layer: DenseLayer, index: number): number {
  const M = layer.bias.length;
  const D = layer.weights.length / M;
  if (M === 0 || D === 0 || !Number.isInteger(D)) {
    throw new NomulError(
      "E_SHAPE",
      `${layer.weights.length} weights do not divide into columns for ${M} outputs`,
      { where: `layers[${index}].weights`, next: "store weights as [inputs][outputs]" },
    );
  }
  return D;
}

/** Throws E_NOT_FINITE with the index of the first NaN or infinity. */
export function checkFinite(values: Float32Array, name: string): void {
  const at = values.findIndex((v) => !Number.isFinite(v));
  if (at < 0) return;
  throw new NomulError("E_NOT_FINITE", `${name}[${at}] is ${values[at]}`, {
    where: `${name}[${at}]`,
    next: "check the training that made this array, or replace the value",
  });
}

/**
 * Checks a float network: shapes chain, all values finite, scale positive.
 * @returns number of inputs of every layer, then the number of outputs of the last
 * @throws NomulError E_SHAPE, E_NOT_FINITE, E_RANGE
 */
export function checkNetwork(network: FloatNetwork): number[] {
  if (network.layers.length === 0) {
    throw new NomulError("E_SHAPE", "the network has no layers", {
      where: "layers",
      next: "give at least one dense layer",
    });
  }
  if (!(network.inputScale > 0 && network.inputScale < Number.POSITIVE_INFINITY)) {
    throw new NomulError("E_RANGE", `inputScale is ${network.inputScale}`, {
      where: "inputScale",
      next: "give the positive factor from integer inputs to what the network was trained on",
    });
  }
  const widths: number[] = [];
  network.layers.forEach((layer, i) => {
    const D = layerInputs(layer, i);
    const before = network.layers[i - 1];
    if (before && before.bias.length !== D) {
      throw new NomulError(
        "E_SHAPE",
        `layer ${i} takes ${D} inputs, layer ${i - 1} gives ${before.bias.length}`,
        { where: `layers[${i}].weights`, next: "check the order and orientation of the weights" },
      );
    }
    checkFinite(layer.weights, `layers[${i}].weights`);
    checkFinite(layer.bias, `layers[${i}].bias`);
    widths.push(D);
  });
  widths.push(network.layers[network.layers.length - 1].bias.length);
  return widths;
}

/** One layer for one row: x·weights + bias, without the activation. Sums in f64. */
export function denseRow(layer: DenseLayer, x: ArrayLike<number>, out: Float64Array): void {
  const M = layer.bias.length;
  for (let m = 0; m < M; m++) out[m] = layer.bias[m];
  for (let d = 0; d < x.length; d++) {
    const v = x[d];
    if (v === 0) continue;
    for (let m = 0; m < M; m++) out[m] += v * layer.weights[d * M + m];
  }
}
