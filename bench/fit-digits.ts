/**
 * How long learning the digits takes and how much accuracy the tables keep, for some seeds:
 * `npm run build && node dist/bench/fit-digits.js [maddness4,maddness] [seed…]`, operators of both layers.
 */
import { type Digits, loadDigits } from "../examples/digits/data.ts";
import { type TrainOptions, trainDigits } from "../examples/digits/train.ts";
import type { MaddnessTables } from "../host/index.ts";
import { accuracy, argmax, maddnessInfer } from "../host/index.ts";

function tableAccuracy(layers: readonly MaddnessTables[], { pixels, labels }: Digits): number {
  const D = layers[0].inputs;
  const classes = Array.from(labels, (_, r) => {
    let x = Int16Array.from(pixels.subarray(r * D, (r + 1) * D));
    for (const layer of layers) x = Int16Array.from(maddnessInfer(layer, x));
    return argmax(x);
  });
  return accuracy(classes, labels);
}

const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
const words = process.argv.slice(2);
const operators = words
  .find((word) => !/^\d+$/.test(word))
  ?.split(",") as TrainOptions["operators"];
const given = words.filter((word) => /^\d+$/.test(word)).map(Number);
const seeds = given.length > 0 ? given : [1, 2, 3];
for (const seed of seeds) {
  const { train, test } = loadDigits(seed);
  const started = performance.now();
  const trained = trainDigits(train, { seed, operators });
  const seconds = (performance.now() - started) / 1000;
  const layers = trained.report.map(
    (layer) =>
      `${layer.codebooks} codebooks, ${layer.tableBytes} B, NMSE ${layer.nmse.toFixed(4)}, ` +
      `lambda ${layer.lambda}, ${layer.seconds.toFixed(1)} s`,
  );
  const float = percent(trained.floatAccuracy(test));
  const tables = percent(tableAccuracy(trained.layers, test));
  console.log(`seed ${seed}: float ${float}, tables ${tables}, ${seconds.toFixed(1)} s`);
  for (const line of layers) console.log(`  ${line}`);
}
