import { basename } from "node:path";
import type { Command } from "commander";
import { NomulError } from "../errors.ts";
import { chooseCodebooks } from "../fit/choose-codebooks.ts";
import type { EpochReport } from "../fit/fine-tune.ts";
import { fitImage } from "../fit/fit-image.ts";
import type { LayerOptions } from "../fit/fit-network.ts";
import { varianceBlocks } from "../fit/image-slices.ts";
import type { FloatNetwork } from "../fit/network.ts";
import { correlatedSlices, imageBlocks } from "../fit/slices.ts";
import type { Layer } from "../generated/operators.ts";
import { readImage } from "../image/read.ts";
import { type LayerEntry, readDenseLayer, readLayerList } from "../import/dense.ts";
import { writeOutput } from "../import/file.ts";
import { type CalibrationRows, calibrationRows, labelList } from "../import/rows.ts";
import { inspectImage, inspectText } from "../report/inspect.ts";
import { imageReport } from "../report/report.ts";
import { textTable } from "../report/table.ts";
import { accuracy, classify } from "../runtime/classify.ts";
import { operators } from "../spec/operators.ts";
import { byteSize } from "./byte-size.ts";
import { action, type Context, collect, integer } from "./command.ts";
import { type ClassifierCliOptions, fitLabelled } from "./fit-classifier.ts";

interface FitCliOptions extends ClassifierCliOptions {
  readonly weights: string[];
  readonly bias: string[];
  readonly layers?: string;
  readonly codebooks?: string;
  readonly operators?: string;
  readonly block?: string;
  readonly slices?: string;
  readonly fineTune?: boolean;
  readonly inputScale?: string;
  readonly variant: string;
}

const usage = (message: string, where: string, next = "See nomul fit --help.") =>
  new NomulError("E_USAGE", message, { where, next });

/** Layers from --layers, or from --weights and --bias in order with ReLU between. */
function layerEntries(options: FitCliOptions): LayerEntry[] {
  if (options.layers) return readLayerList(options.layers);
  if (options.weights.length === 0) throw usage("no layers were given", "--weights");
  if (options.bias.length > 0 && options.bias.length !== options.weights.length) {
    throw usage(`${options.bias.length} biases for ${options.weights.length} weights`, "--bias");
  }
  return options.weights.map((weights, i) => ({
    weights,
    ...(options.bias[i] === undefined ? {} : { bias: options.bias[i] }),
  }));
}

/** "28x28" → [28, 28] */
function size(name: string, text: string): [number, number] {
  const match = /^(\d+)x(\d+)$/.exec(text);
  if (!match) throw usage(`"${text}" is not WIDTHxHEIGHT`, name);
  return [Number(match[1]), Number(match[2])];
}

/** Columns of the first layer's codebooks when its inputs are an image. */
function imageSlices(
  options: FitCliOptions,
  rows: CalibrationRows,
  codebooks?: number,
): number[][] {
  const [width, height] = size("--image", options.image ?? "");
  if (width * height !== rows.columns) {
    throw usage(`${width} × ${height} pixels, the data has ${rows.columns} columns`, "--image");
  }
  if (options.block) return imageBlocks(width, height, ...size("--block", options.block));
  return varianceBlocks(rows.inputs, width, height, codebooks ?? Math.ceil(rows.columns / 8));
}

function operatorList(text: string | undefined, layers: number): Layer["operator"][] {
  if (text === undefined) return [];
  const known = operators.map(({ token }) => token);
  const tokens = text.split(",").map((word) => {
    const token = known.find((token) => token === word);
    if (token) return token;
    throw usage(`"${word}" is no operator`, "--operators", `Choose from ${known.join(", ")}.`);
  });
  if (tokens.length > layers) {
    throw usage(`${tokens.length} operators for ${layers} layers`, "--operators");
  }
  return tokens;
}

function layerOptions(
  options: FitCliOptions,
  entries: readonly LayerEntry[],
  rows: CalibrationRows,
  chosen: readonly number[] | undefined,
): LayerOptions[] {
  if (chosen && options.codebooks)
    throw usage("both a budget and codebooks were given", "--budget");
  const counts =
    chosen ?? options.codebooks?.split(",").map((n) => integer("--codebooks", n, 1, 65528)) ?? [];
  if (counts.length > entries.length) {
    throw usage(`${counts.length} counts for ${entries.length} layers`, "--codebooks");
  }
  const tokens = operatorList(options.operators, entries.length);
  if (!["contiguous", "correlated", undefined].includes(options.slices)) {
    throw usage(`"${options.slices}" is neither contiguous nor correlated`, "--slices");
  }
  return entries.map((entry, i) => {
    const operator = tokens[i];
    const codebooks = entry.codebooks ?? counts[i];
    const ofImage = i === 0 && options.image !== undefined;
    const slices = ofImage
      ? imageSlices(options, rows, codebooks)
      : i === 0 && options.slices === "correlated"
        ? correlatedSlices(rows.inputs, rows.columns, codebooks ?? Math.ceil(rows.columns / 8))
        : entry.slices;
    return {
      operator,
      ...(codebooks === undefined ? {} : { codebooks }),
      ...(slices ? { slices } : {}),
    };
  });
}

export function addFit(program: Command): void {
  const command = program
    .command("fit")
    .description(
      "learn tables and write a table image: of a classifier from labelled rows alone (--labels), or " +
        "of a trained network of dense layers (--weights or --layers)",
    )
    .option("--weights <npy>", "a layer's weights, [inputs][outputs]; repeat in order", collect, [])
    .option("--bias <npy>", "a layer's bias, [outputs]; repeat in order", collect, [])
    .option("--layers <json>", "list of layers: weights, bias, activation, codebooks, slices")
    .option("--data <npy>", "calibration rows, [N][D]: uint8, int8, int16 or float32")
    .option(
      "--labels <npy>",
      "classes of those rows, [N]; with --weights: prints the accuracy on them",
    )
    .option(
      "--hidden <list>",
      "hidden layers of a classifier, for example 64,32, or none; default: 64",
    )
    .option("--budget <bytes>", "table bytes, for example 64KiB; default for a classifier: 128KiB")
    .option(
      "--epochs <n>",
      "passes over the rows for a classifier or --fine-tune; default: by their number, or 40",
    )
    .option("--threads <n>", "default: 2, if the machine has them; results do not depend on it")
    .option("--checkpoint <file>", "kept while a classifier is learned; a run that was cut goes on")
    .option("--codebooks <list>", "codebooks of each layer, for example 98,32; default: inputs / 8")
    .option("--operators <list>", "operator of each layer, for example maddness4,maddness")
    .option("--image <WxH>", "the inputs are an image; for a classifier found out, or none")
    .option("--block <WxH>", "equal blocks of this size; default: blocks of equal variance")
    .option("--input-scale <x>", "the network sees integer × x; default: 1, for floats as learned")
    .option("--slices <how>", "columns of the first layer's codebooks: contiguous or correlated")
    .option("--fine-tune", "train the tables on: against --labels, else the network's own outputs")
    .option("--variant <name>", "outputs (better) or prototypes (as published)", "outputs")
    .option("--seed <n>", "which rows are held out", "1")
    .option("--report <html>", "write a page about the tables, measured on the rows of --data")
    .option("-o, --output <file>", "table image to write");
  action<FitCliOptions>(command, async (context, options) => {
    if (options.data === undefined) throw usage("no calibration rows were given", "--data");
    if (options.output === undefined) throw usage("no output file was given", "-o");
    if (options.weights.length === 0 && options.layers === undefined) {
      if (options.labels === undefined) {
        throw usage(
          "neither labels nor layers were given",
          "--labels",
          "Give the classes of the rows (--labels y.npy), or a trained network (--weights W.npy).",
        );
      }
      fitLabelled(context, options, program.version() ?? "");
      return undefined;
    }
    if (options.variant !== "outputs" && options.variant !== "prototypes") {
      throw usage(`"${options.variant}" is neither outputs nor prototypes`, "--variant");
    }
    const entries = layerEntries(options);
    const rows = calibrationRows(options.data);
    const inputScale = options.inputScale === undefined ? rows.scale : Number(options.inputScale);
    const network: FloatNetwork = {
      inputType: rows.inputType,
      inputScale,
      layers: entries.map((entry, i) => readDenseLayer(entry, i === entries.length - 1)),
    };
    const chosen = options.budget
      ? chooseCodebooks(
          network,
          rows.inputs,
          byteSize("--budget", options.budget),
          integer("--seed", options.seed, 0, 0xffffffff),
        )
      : undefined;
    const labels = options.labels ? labelList(options.labels, rows.rows) : undefined;
    const { bytes, fitted } = fitImage(network, rows, {
      tool: `nomul ${program.version()}`,
      rawScale: rows.scale,
      layers: layerOptions(options, entries, rows, chosen),
      variant: options.variant,
      seed: integer("--seed", options.seed, 0, 0xffffffff),
      fineTune: options.fineTune ? fineTuneOptions(context, options, labels) : undefined,
      onProgress: (stage, fraction) => context.progress.update(stage, fraction),
    });
    writeOutput(options.output, bytes);
    const image = readImage(bytes, options.output);
    if (options.report) {
      const title = basename(options.output);
      const page = imageReport(image, { title, rows: dataOf(rows), labels });
      writeOutput(options.report, Buffer.from(page));
    }
    const report = inspectImage(image);
    const share =
      labels === undefined ? undefined : accuracy(classify(image, dataOf(rows)).classes, labels);
    const table = textTable([
      ["layer", "held-out NMSE", "lambda", "codebooks", "seconds"],
      ...fitted.report.map((r, i) => [
        i,
        r.nmse.toFixed(5),
        r.lambda,
        r.codebooks,
        r.seconds.toFixed(2),
      ]),
    ]);
    const said =
      share === undefined ? "" : `\naccuracy on these rows: ${(share * 100).toFixed(2)} %`;
    context.result(
      { output: options.output, accuracy: share, layers: fitted.report, ...report },
      `${inspectText(options.output, report)}\n\n${table}${said}`,
    );
    return undefined;
  });
}

function fineTuneOptions(
  { progress }: Context,
  { epochs, threads }: FitCliOptions,
  labels: ArrayLike<number> | undefined,
) {
  return {
    ...(labels ? { labels } : { dropout: 0 }),
    ...(epochs === undefined ? {} : { epochs: integer("--epochs", epochs, 1, 10_000) }),
    ...(threads === undefined ? {} : { threads: integer("--threads", threads, 1, 64) }),
    onEpoch: ({ epoch, epochs, loss, heldOutLoss }: EpochReport) => {
      const note = `: loss ${loss.toFixed(4)}, held out ${heldOutLoss.toFixed(4)}`;
      progress.update("fine-tuning", epoch / epochs, note);
    },
  };
}

const dataOf = (rows: CalibrationRows) =>
  Array.from({ length: rows.rows }, (_, i) =>
    rows.inputs.subarray(i * rows.columns, (i + 1) * rows.columns),
  );
