import { floatNetworkOutputs } from "./float-outputs.ts";
import { type MlpOptions, trainMlp } from "./mlp.ts";
import type { FloatNetwork, InputRows } from "./network.ts";
import { epochsFor } from "./recipes.ts";

/** The float network that tables start from. @param train rows to learn from */
export function trainFloat(
  inputs: InputRows,
  labels: Uint8Array,
  train: Uint32Array,
  options: MlpOptions,
): FloatNetwork {
  const epochs = Math.ceil(epochsFor(labels.length) / 2);
  return trainMlp(inputs, labels, { ...options, ...floatScaling(inputs), epochs, rows: train });
}

/** Mostly zeros, as in drawings, train faster when they stay zeros. */
function floatScaling(inputs: InputRows): { inputScale: number | "columns" } {
  let zeros = 0;
  let most = 0;
  for (const v of inputs) {
    if (v === 0) zeros++;
    most = Math.max(most, Math.abs(v));
  }
  return { inputScale: zeros > inputs.length / 2 ? 1 / most : "columns" };
}

/** Share of rows that the float network classifies rightly. */
export function shareRight(
  float: FloatNetwork,
  inputs: InputRows,
  labels: Uint8Array,
  rows: Uint32Array,
): number {
  const D = float.layers[0].weights.length / float.layers[0].bias.length;
  const some = inputs.slice(0, rows.length * D);
  rows.forEach((r, i) => {
    some.set(inputs.subarray(r * D, (r + 1) * D), i * D);
  });
  const outputs = floatNetworkOutputs(float, some);
  const M = outputs.length / rows.length;
  let right = 0;
  rows.forEach((r, i) => {
    const y = outputs.subarray(i * M, (i + 1) * M);
    if (y.indexOf(Math.max(...y)) === labels[r]) right++;
  });
  return right / rows.length;
}
