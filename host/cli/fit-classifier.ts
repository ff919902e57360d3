import { createHash } from "node:crypto";
import { basename } from "node:path";
import { NomulError } from "../errors.ts";
import { Checkpoint } from "../fit/checkpoint.ts";
import { type FittedClassifier, fitClassifier } from "../fit/classifier.ts";
import { readImage } from "../image/read.ts";
import { checkWritable, writeOutput } from "../import/file.ts";
import { type LabelledRows, labelList, scaledRows } from "../import/rows.ts";
import { type ImageReport, inspectImage, inspectText } from "../report/inspect.ts";
import { imageReport } from "../report/report.ts";
import { percent, textTable, thousands } from "../report/table.ts";
import { byteSize } from "./byte-size.ts";
import { type Context, integer } from "./command.ts";

/** Options of `nomul fit` that a classifier is learned from. */
export interface ClassifierCliOptions {
  readonly data?: string;
  readonly labels?: string;
  readonly hidden?: string;
  readonly budget?: string;
  readonly image?: string;
  readonly epochs?: string;
  readonly threads?: string;
  readonly checkpoint?: string;
  readonly seed: string;
  readonly report?: string;
  readonly output?: string;
}

/** "64,32" → [64, 32]; "none" → [] */
function hiddenWidths(text: string): number[] {
  if (text === "none") return [];
  return text.split(",").map((n) => integer("--hidden", n, 1, 4096));
}

function imageOption(text: string | undefined) {
  if (text === undefined || text === "none") return text as "none" | undefined;
  const [, width, height] = /^(\d+)x(\d+)$/.exec(text) ?? [];
  if (width !== undefined) return { width: Number(width), height: Number(height) };
  throw new NomulError("E_USAGE", `"${text}" is not WIDTHxHEIGHT`, {
    where: "--image",
    next: "Give for example 28x28, or none.",
  });
}

/** Learns a classifier from labelled rows and writes its image. */
export function fitLabelled(
  context: Context,
  { data = "", labels = "", output = "", ...options }: ClassifierCliOptions,
  version: string,
): void {
  for (const path of [output, options.report]) if (path) checkWritable(path);
  const rows = scaledRows(data);
  const classes = labelList(labels, rows.rows);
  const settings = {
    hidden: hiddenWidths(options.hidden ?? "64"),
    budget: byteSize("--budget", options.budget ?? "128KiB"),
    seed: integer("--seed", options.seed, 0, 0xffffffff),
    image: imageOption(options.image),
    ...(options.epochs === undefined
      ? {}
      : { epochs: integer("--epochs", options.epochs, 1, 10_000) }),
  };
  const { image: size } = settings;
  if (typeof size === "object" && size.width * size.height !== rows.columns) {
    throw new NomulError(
      "E_USAGE",
      `${size.width} × ${size.height} pixels, the data has ${rows.columns} columns`,
      { where: "--image", next: "Give the size of the images in the data." },
    );
  }
  const checkpoint = options.checkpoint
    ? new Checkpoint(options.checkpoint, keyOf(settings, rows, classes, version))
    : undefined;
  if (checkpoint && checkpoint.stages.length > 0) {
    context.say(`going on after: ${checkpoint.stages.join(", ")}`);
  }
  const fitted = fitClassifier(
    { ...rows, labels: classes },
    {
      ...settings,
      tool: `nomul ${version}`,
      scaling: rows.scaling,
      checkpoint,
      ...(options.threads === undefined
        ? {}
        : { threads: integer("--threads", options.threads, 1, 64) }),
      onProgress: (stage, fraction, epoch) => {
        const loss = epoch ? `: loss ${epoch.loss.toFixed(4)}` : "";
        const held = epoch?.heldOutLoss ? `, held out ${percent(epoch.heldOutAccuracy)}` : "";
        context.progress.update(stage, fraction, `${loss}${held}`);
      },
    },
  );
  writeOutput(output, fitted.bytes);
  const image = readImage(fitted.bytes, output);
  if (options.report) {
    const { inputs, columns } = rows;
    const data = Array.from({ length: rows.rows }, (_, r) =>
      inputs.subarray(r * columns, (r + 1) * columns),
    );
    const { history } = fitted;
    const page = imageReport(image, {
      title: basename(output),
      rows: data,
      labels: classes,
      history,
    });
    writeOutput(options.report, Buffer.from(page));
  }
  const report = inspectImage(image);
  const { bytes: _, network: __, history, ...said } = fitted;
  context.result({ output, ...said, history, ...report }, fittedText(output, fitted, report));
}

function fittedText(output: string, fitted: FittedClassifier, report: ImageReport): string {
  const { heldOut, trials, image, recipe } = fitted;
  const table = textTable([
    ["tried", "codebooks", "held-out loss", "held-out accuracy"],
    ...trials.map((t) => [t.stage, t.codebooks.join("+"), t.loss.toFixed(4), percent(t.accuracy)]),
  ]);
  const lines = [
    inspectText(output, report),
    "",
    table,
    "",
    ...(image ? [`inputs are taken for an image of ${image.width} × ${image.height} pixels`] : []),
    `recipe ${recipe}, trained on all rows in the end`,
    `on ${thousands(heldOut.rows)} held-out rows: float network ${percent(heldOut.float)}, ` +
      `tables ${percent(heldOut.tables)}`,
  ];
  return lines.join("\n");
}

/** What a checkpoint belongs to. */
function keyOf(
  settings: object,
  rows: LabelledRows,
  labels: ArrayLike<number>,
  version: string,
): string {
  const hash = createHash("sha256").update(JSON.stringify([version, settings, rows.scaling]));
  const { buffer, byteOffset, byteLength } = rows.inputs;
  hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  return hash.update(Uint8Array.from(labels)).digest("hex");
}
