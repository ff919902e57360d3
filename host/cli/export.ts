import { basename, join } from "node:path";
import type { Command } from "commander";
import { NomulError } from "../errors.ts";
import { exportC } from "../export/c.ts";
import { exportWasm } from "../export/wasm.ts";
import { readImage } from "../image/read.ts";
import { readInput, writeOutput } from "../import/file.ts";
import { textTable, thousands } from "../report/table.ts";
import { action } from "./command.ts";

const exporters = { wasm: exportWasm, c: exportC } as const;

function exporterOf(kind: string) {
  if (kind === "wasm" || kind === "c") return exporters[kind];
  throw new NomulError("E_USAGE", `"${kind}" is no kind of export`, {
    where: "kind",
    next: "Give wasm (for a Wasm runtime of yours) or c (to link into a firmware).",
  });
}

export function addExport(program: Command): void {
  const command = program
    .command("export")
    .description("write an image and the kernels for a runtime or a firmware of your own")
    .argument("<kind>", "wasm: module, C header with ABI and memory plan; c: C sources")
    .argument("<image>", "table image (*.nomul)")
    .option("--out <folder>", "where the files go", ".");
  action<{ readonly out: string }>(command, async (context, options, [kind, path]) => {
    const exporter = exporterOf(kind);
    const image = readImage(readInput(path), path);
    const files = await exporter(image, basename(path));
    const written = Object.entries(files).map(([name, contents]) => {
      const file = join(options.out, name);
      const bytes = Buffer.from(contents);
      writeOutput(file, bytes);
      return { file, bytes: bytes.length };
    });
    const rows = written.map(({ file, bytes }) => [file, thousands(bytes)]);
    context.result({ kind, files: written }, textTable([["file", "bytes"], ...rows]));
    return undefined;
  });
}
