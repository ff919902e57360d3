import type { Command } from "commander";
import { NomulError } from "../errors.ts";
import { readImage } from "../image/read.ts";
import { readInput, writeOutput } from "../import/file.ts";
import { writeNpy } from "../import/npy.ts";
import { dataRows, labelList } from "../import/rows.ts";
import { inspectImage } from "../report/inspect.ts";
import { percent, textTable, thousands } from "../report/table.ts";
import { accuracy, classify } from "../runtime/classify.ts";
import { action } from "./command.ts";

interface RunOptions {
  readonly data?: string;
  readonly labels?: string;
  readonly output?: string;
}

/** Raw outputs as npy, [N][M] i16. */
function outputsNpy(outputs: readonly Int16Array[]): Uint8Array {
  const M = outputs[0]?.length ?? 0;
  const flat = new Int16Array(outputs.length * M);
  outputs.forEach((row, i) => {
    flat.set(row, i * M);
  });
  return writeNpy(flat, [outputs.length, M]);
}

export function addRun(program: Command): void {
  const command = program
    .command("run")
    .description("run a table image on this machine's Wasm kernels")
    .argument("<image>", "table image (*.nomul)")
    .option("--data <npy>", "rows, [N][D]")
    .option("--labels <npy>", "classes, [N]: prints the accuracy")
    .option("-o, --output <npy>", "write the raw outputs, [N][M] i16");
  action<RunOptions>(command, async (context, options, [path]) => {
    const image = readImage(readInput(path), path);
    if (options.data === undefined) {
      throw new NomulError("E_USAGE", "no data was given", {
        where: "--data",
        next: "Give rows to run, for example --data X_test.npy.",
      });
    }
    const result = classify(image, dataRows(options.data, image));
    if (options.output) writeOutput(options.output, outputsNpy(result.outputs));
    const { tableBytes } = inspectImage(image);
    const share = options.labels
      ? accuracy(result.classes, labelList(options.labels, result.rows))
      : undefined;
    const summary = {
      accuracy: share,
      rows: result.rows,
      tableBytes,
      realisation: result.realisation,
    };
    const labels = image.manifest.labels;
    const classes = [...result.classes.subarray(0, 10)].map((c) => labels?.[c] ?? c).join(" ");
    const lines: (readonly (string | number)[])[] = [
      ["rows", thousands(result.rows)],
      ["first classes", classes],
      ["table bytes", thousands(tableBytes)],
      ["realisation", result.realisation],
    ];
    if (share !== undefined) lines.push(["accuracy", percent(share)]);
    context.result(summary, textTable(lines));
    return undefined;
  });
}
