import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { buildBitstream, synthesise } from "../bitstream/build.ts";
import { buildReport, buildText } from "../bitstream/report.ts";
import { loadBoard } from "../board/load.ts";
import type { Board } from "../board/schema.ts";
import { NomulError } from "../errors.ts";
import { readImage } from "../image/read.ts";
import { readInput, writeOutput } from "../import/file.ts";
import { textTable } from "../report/table.ts";
import { action, type Context, integer } from "./command.ts";

interface BuildCliOptions {
  readonly out: string;
  readonly image?: string;
  readonly seeds?: string;
  readonly synthesis?: boolean;
}

async function showSynthesis(context: Context, board: Board): Promise<void> {
  const { cells, seconds } = await synthesise(board, {
    onProgress: (text) => context.progress.busy(text),
  });
  context.progress.end();
  const rows = Object.entries(cells).sort(([, a], [, b]) => b - a);
  context.result(
    { board: board.id, cells, seconds, build: board.build },
    textTable([["cell", "count"], ...rows]),
  );
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw new NomulError("E_FILE_WRITE", "the folder cannot be made", {
      where: folder,
      next: "Give --out a folder you may write.",
      cause,
    });
  }
}

export function addBuild(program: Command): void {
  const command = program
    .command("build")
    .description(
      "make a board's bitstream from the gateware, and say what it costs and how fast it is",
    )
    .argument("<board>", "board id (nomul boards)")
    .option("--out <folder>", "where <board>.bin goes", ".")
    .option("--image <nomul>", "also say how many inferences a second this table image gets")
    .option("--seeds <list>", "placement seeds to try, for example 9,10,11")
    .option("--synthesis", "stop at the netlist and count its cells; no bitstream");
  action<BuildCliOptions>(command, async (context, options, [id]) => {
    const board = loadBoard(id);
    if (options.synthesis) {
      await showSynthesis(context, board);
      return undefined;
    }
    const seeds = options.seeds?.split(",").map((n) => integer("--seeds", n, 0, 2 ** 31 - 1));
    const image = options.image
      ? { path: options.image, image: readImage(readInput(options.image), options.image) }
      : undefined;
    const built = await buildBitstream(board, {
      seeds,
      onProgress: (text) => context.progress.busy(text),
    });
    context.progress.end();
    makeFolder(options.out);
    const path = join(options.out, `${board.id}.bin`);
    writeOutput(path, built.bitstream);
    const report = buildReport(board, built, path, image);
    context.result(report, buildText(report));
    return undefined;
  });
}
