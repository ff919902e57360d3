import { accessSync, constants, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { bake } from "../bitstream/bake.ts";
import { buildBitstream, synthesise } from "../bitstream/build.ts";
import { boardLimits } from "../bitstream/limits.ts";
import { buildReport, buildText } from "../bitstream/report.ts";
import { type Gateware, readGateware } from "../board/gateware.ts";
import { isMcuBoard, loadBoard } from "../board/load.ts";
import type { Board } from "../board/schema.ts";
import { NomulError } from "../errors.ts";
import { readImage, type TableImage } from "../image/read.ts";
import { readInput, writeOutput } from "../import/file.ts";
import { checkImageFits } from "../link/fit-check.ts";
import { textTable } from "../report/table.ts";
import { buildForMcu } from "./build-firmware.ts";
import { action, type Context, integer } from "./command.ts";

interface BuildCliOptions {
  readonly out: string;
  readonly image?: string;
  readonly bake?: string;
  readonly seeds?: string;
  readonly synthesis?: boolean;
  readonly checked?: boolean;
}

/** What to build: a board and its gateware, and the image to tell the speed of. */
interface Work {
  readonly board: Board;
  readonly gateware: Gateware;
  readonly image: { readonly path: string; readonly image: TableImage } | undefined;
  readonly baked: boolean;
}

/** Everything that can be refused is refused here, before the minutes of a build. */
function prepare(id: string, options: BuildCliOptions): Work {
  const path = options.bake ?? options.image;
  if (options.bake !== undefined && options.image !== undefined) {
    throw new NomulError("E_USAGE", "--bake and --image were given", {
      where: "--image",
      next: "Give one of them: the report tells the speed of a baked image, too.",
    });
  }
  const board = loadBoard(id);
  const gateware = readGateware();
  const image = path ? { path, image: readImage(readInput(path), path) } : undefined;
  if (image && options.bake) {
    return { ...bake(board, image.image, gateware), image, baked: true };
  }
  if (image && board.build.reach === "bitstream") checkImageFits(image.image, boardLimits(board));
  return { board, gateware, image, baked: false };
}

async function showSynthesis(context: Context, { board, gateware }: Work): Promise<void> {
  const { cells, seconds } = await synthesise(board, {
    gateware,
    onProgress: (text) => context.progress.busy(text),
  });
  context.progress.end();
  const rows = Object.entries(cells).sort(([, a], [, b]) => b - a);
  context.result(
    { board: board.id, cells, seconds, build: board.build },
    textTable([["cell", "count"], ...rows]),
  );
}

function checkFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    throw new NomulError("E_FILE_WRITE", "no file can be written there", {
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
      "make a board's bitstream or firmware, and say what it costs and, of a bitstream, how fast it is",
    )
    .argument("<board>", "board id (nomul boards)")
    .option("--out <folder>", "where <board>.bin, .uf2 or .elf goes", ".")
    .option("--image <nomul>", "also say how many inferences a second this table image gets")
    .option("--bake <nomul>", "make this small table image part of the bitstream: no flashing")
    .option("--seeds <list>", "placement seeds to try, for example 9,10,11")
    .option("--synthesis", "stop at the netlist and count its cells; no bitstream")
    .option("--checked", "firmware whose kernels check every access");
  action<BuildCliOptions>(command, async (context, options, [id]) => {
    if (isMcuBoard(id)) {
      await buildForMcu(context, id, options);
      return undefined;
    }
    if (options.checked) {
      throw new NomulError("E_USAGE", `${id} is an FPGA board, which runs no firmware`, {
        where: "--checked",
        next: "Leave this option away.",
      });
    }
    const seeds = options.seeds?.split(",").map((n) => integer("--seeds", n, 0, 2 ** 31 - 1));
    const work = prepare(id, options);
    if (options.synthesis) {
      await showSynthesis(context, work);
      return undefined;
    }
    if (work.board.build.reach === "bitstream") checkFolder(options.out);
    const built = await buildBitstream(work.board, {
      gateware: work.gateware,
      seeds,
      onProgress: (text) => context.progress.busy(text),
    });
    context.progress.end();
    const path = join(options.out, `${work.board.id}${work.baked ? "-baked" : ""}.bin`);
    writeOutput(path, built.bitstream);
    const report = buildReport(work.board, built, path, work);
    context.result(report, buildText(report));
    return undefined;
  });
}
