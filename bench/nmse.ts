/**
 * `npm run bench:nmse`: held-out error of one linear layer of 8×8 digits (optdigits8x8 in NOMUL_DATA, its
 * own train and test rows, its linear model 64 → 10), without fine-tuning; integer tables of 8 bits.
 * Mean squared error over the variance of all outputs, as the published measure has it.
 */
import { join } from "node:path";
import { fitNetwork } from "../host/fit/fit-network.ts";
import { floatNetworkOutputs } from "../host/fit/float-outputs.ts";
import { varianceBlocks } from "../host/fit/image-slices.ts";
import type { FloatNetwork } from "../host/fit/network.ts";
import { packImage } from "../host/image/pack.ts";
import { readImage } from "../host/image/read.ts";
import { readFloats, scaledRows } from "../host/import/rows.ts";
import { createBatchRuntime } from "../host/runtime/batch.ts";

const folder = join(process.env.NOMUL_DATA ?? ".", "optdigits8x8");
const of = (name: string, dimensions: 1 | 2) =>
  readFloats(join(folder, "model", `${name}.npy`), dimensions).data;
const train = scaledRows(join(folder, "X_train.npy"));
const test = scaledRows(join(folder, "X_test.npy"));
const M = 10;
const scale = of("scale", 1);
const weights = of("linear_W", 2).map((w, i) => w / scale[Math.floor(i / M)]);
// The bare product: a bias costs tables nothing, but would change the variance.
const bias = new Float32Array(M);
const network: FloatNetwork = {
  inputType: "u8",
  inputScale: 1,
  layers: [{ weights, bias, activation: "none" }],
};
const targets = floatNetworkOutputs(network, test.inputs);
const middle = targets.reduce((sum, y) => sum + y, 0) / targets.length;
const variance = targets.reduce((sum, y) => sum + (y - middle) ** 2, 0);

/** NMSE on the test rows of tables learned from the training rows. */
function nmse(codebooks: number, slices?: number[][]): string {
  const layers = [{ codebooks, ...(slices ? { slices } : {}) }];
  const fitted = fitNetwork(network, { inputs: train.inputs }, { layers });
  const program = { inputType: "u8" as const, layers: fitted.layers };
  const image = readImage(packImage(program, { manifest: { tool: "bench" } }));
  const y = createBatchRuntime(image).infer(test.inputs as Uint8Array);
  const error = y.reduce((sum, v, i) => sum + (v * fitted.outputScale - targets[i]) ** 2, 0);
  return (error / variance).toFixed(4);
}

process.stdout.write("| codebooks | contiguous slices | blocks of equal variance | asked |\n");
process.stdout.write("| --- | --- | --- | --- |\n");
for (const [C, asked] of [
  [4, 0.086],
  [8, 0.0486],
  [16, 0.0242],
  [32, 0.0103],
]) {
  const blocks = varianceBlocks(train.inputs, 8, 8, C);
  process.stdout.write(`| ${C} | ${nmse(C)} | ${nmse(C, blocks)} | below ${asked} |\n`);
}
