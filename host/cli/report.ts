import { basename } from "node:path";
import type { Command } from "commander";
import { NomulError } from "../errors.ts";
import { encodeInput } from "../image/input.ts";
import { readImage, type TableImage } from "../image/read.ts";
import { readInput, writeOutput } from "../import/file.ts";
import { dataRows, labelList } from "../import/rows.ts";
import { flashImage } from "../link/flash.ts";
import { openDevice } from "../link/open-device.ts";
import { isSimulated } from "../link/port.ts";
import type { DeviceAccuracy } from "../report/html.ts";
import { imageReport } from "../report/report.ts";
import { accuracy, argmax } from "../runtime/classify.ts";
import { createRuntime } from "../runtime/wasm.ts";
import { action, integer } from "./command.ts";

interface ReportCliOptions {
  readonly data?: string;
  readonly labels?: string;
  readonly port?: string;
  readonly deviceRows: string;
  readonly output?: string;
}

/** Runs the first rows on a device, and compares each bit with the host's. */
async function onDevice(
  path: string,
  image: TableImage,
  rows: readonly ArrayLike<number>[],
  labels: ArrayLike<number>,
): Promise<DeviceAccuracy> {
  const device = await openDevice(path);
  try {
    // A simulator starts empty.
    if (isSimulated(device.port)) await flashImage(device, image);
    const host = createRuntime(image);
    const classes: number[] = [];
    let differingBits = 0;
    for (const row of rows) {
      const { outputs } = await device.infer(encodeInput(image.program.inputType, row));
      host.infer(row).forEach((y, m) => {
        for (let bits = (y ^ outputs[m]) & 0xffff; bits; bits &= bits - 1) differingBits++;
      });
      classes.push(argmax(outputs));
    }
    const share = accuracy(classes, Array.from(labels).slice(0, rows.length));
    return { port: path, rows: rows.length, accuracy: share, differingBits };
  } finally {
    await device.close();
  }
}

export function addReport(program: Command): void {
  const command = program
    .command("report")
    .description("write an HTML page about a table image, as measured on rows")
    .argument("<image>", "table image (*.nomul)")
    .option("--data <npy>", "rows to measure on, [N][D]; default: the image's golden vectors")
    .option("--labels <npy>", "classes of those rows, [N]")
    .option("--port <path>", "a device to measure as well, such as /dev/ttyUSB1 or sim:icebreaker")
    .option("--device-rows <n>", "rows that go to the device", "200")
    .option("-o, --output <html>", "page to write; default: beside the image");
  action<ReportCliOptions>(command, async (context, options, [path]) => {
    const image = readImage(readInput(path), path);
    const rows = options.data ? dataRows(options.data, image) : undefined;
    if (options.labels && !rows) {
      throw new NomulError("E_USAGE", "labels without rows", {
        where: "--labels",
        next: "Give the rows that they belong to (--data X.npy).",
      });
    }
    const labels = options.labels && rows ? labelList(options.labels, rows.length) : undefined;
    if (options.port && !(rows && labels)) {
      throw new NomulError("E_USAGE", "a device's accuracy needs rows and labels", {
        where: "--port",
        next: "Give --data X.npy and --labels y.npy.",
      });
    }
    const count = integer("--device-rows", options.deviceRows, 1, 1_000_000);
    const device =
      options.port && rows && labels
        ? await onDevice(options.port, image, rows.slice(0, count), labels)
        : undefined;
    const output = options.output ?? path.replace(/(\.nomul)?$/, ".html");
    writeOutput(
      output,
      Buffer.from(imageReport(image, { title: basename(path), rows, labels, device })),
    );
    context.result({ output, device }, `${output} written`);
    return undefined;
  });
}
