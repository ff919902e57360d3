/**
 * `npm run bench:accuracy -- [seeds] [sets]`: classifiers learned by `nomul fit` from the evaluation sets
 * in the folder NOMUL_DATA, as a Markdown table. Nothing is chosen on the test rows.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fitClassifier } from "../host/fit/classifier.ts";
import { readImage } from "../host/image/read.ts";
import { dataRows, labelList, scaledRows } from "../host/import/rows.ts";
import { inspectImage } from "../host/report/inspect.ts";
import { thousands } from "../host/report/table.ts";
import { accuracy, classify } from "../host/runtime/classify.ts";

/** Percent: a dense network with 128 hidden units, and what tables of 128 KiB must reach. */
const sets: Readonly<Record<string, readonly [float: number, asked: number]>> = {
  mnist: [97.8, 97.3],
  optdigits8x8: [96.2, 96.0],
  pendigits: [97.2, 97.0],
  satimage: [90.0, 89.8],
  hmp_wrist: [61.4, 61.0],
  fsdd_mfcc: [97.0, 96.5],
};

const folder = process.env.NOMUL_DATA;
if (!folder || !existsSync(folder)) {
  process.stderr.write("Set NOMUL_DATA to the folder with the evaluation sets.\n");
  process.exit(2);
}
const seeds = (process.argv[2] ?? "0,1,2").split(",").map(Number);
const wanted = process.argv[3]?.split(",") ?? Object.keys(sets);

const fileOf = (set: string, name: string) => {
  const path = join(folder, set, `${name}.npy`);
  return existsSync(path) ? path : `${path}.gz`;
};

const percent = (share: number) => (100 * share).toFixed(2);
const lines = [
  "| set | MLP-128 % | asked % | tables % (seeds) | table bytes | recipe, codebooks | fit s |",
  "| --- | --- | --- | --- | --- | --- | --- |",
];
for (const set of wanted) {
  const rows = scaledRows(fileOf(set, "X_train"));
  const labels = labelList(fileOf(set, "y_train"), rows.rows);
  const reached: string[] = [];
  let said = "";
  let bytes = 0;
  let seconds = 0;
  for (const seed of seeds) {
    const started = performance.now();
    const fitted = fitClassifier(
      { ...rows, labels },
      { hidden: [64], budget: 128 * 1024, seed, tool: "bench:accuracy", scaling: rows.scaling },
    );
    seconds += (performance.now() - started) / 1000 / seeds.length;
    const image = readImage(fitted.bytes);
    const test = dataRows(fileOf(set, "X_test"), image);
    const { classes } = classify(image, test);
    const share = accuracy(classes, labelList(fileOf(set, "y_test"), test.length));
    reached.push(percent(share));
    bytes = inspectImage(image).tableBytes;
    said = `${fitted.recipe}, ${fitted.codebooks.join("+")}`;
    process.stderr.write(`${set}, seed ${seed}: ${percent(share)} % (${said})\n`);
  }
  const [float, asked] = sets[set];
  const figures = [set, float.toFixed(1), asked.toFixed(1), reached.join(", "), thousands(bytes)];
  lines.push(`| ${[...figures, said, seconds.toFixed(0)].join(" | ")} |`);
}
process.stdout.write(`Seeds ${seeds.join(", ")}; hidden 64.\n\n${lines.join("\n")}\n`);
