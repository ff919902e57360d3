import { join } from "node:path";
import { loadMcuBoard } from "../board/load.ts";
import { NomulError } from "../errors.ts";
import { readImage } from "../image/read.ts";
import { readInput, writeOutput } from "../import/file.ts";
import { checkImageFits } from "../link/fit-check.ts";
import { buildFirmwareFile } from "../mcu/build.ts";
import { mcuLimits } from "../mcu/config.ts";
import { textTable, thousands } from "../report/table.ts";
import type { Context } from "./command.ts";

interface Options {
  readonly out: string;
  readonly image?: string;
  readonly checked?: boolean;
}

/** Options of `nomul build` that only make sense for gateware. */
const forGateware = ["bake", "seeds", "synthesis"] as const;

/** `nomul build` of a board whose device is a microcontroller. @throws NomulError */
export async function buildForMcu(context: Context, id: string, options: Options): Promise<void> {
  const board = loadMcuBoard(id);
  const wrong = forGateware.find((name) => name in options);
  if (wrong) {
    throw new NomulError("E_USAGE", `${id} is a microcontroller, which has no gateware`, {
      where: `--${wrong}`,
      next: "Leave this option away.",
    });
  }
  if (options.image !== undefined) {
    checkImageFits(readImage(readInput(options.image), options.image), mcuLimits(board));
  }
  context.progress.busy("wasm2c, compiler");
  const { checked } = options;
  const { extension, bytes, firmware, sizes } = await buildFirmwareFile(board, { checked });
  context.progress.end();
  const path = join(options.out, `${id}.${extension}`);
  writeOutput(path, bytes);
  const { tableBytes, parameterBytes } = board.engine;
  const report = {
    board: id,
    chip: board.mcu.chip,
    firmware: firmware.toString(16).padStart(8, "0"),
    file: { path, bytes: bytes.length },
    flashBytes: sizes.flash,
    ramBytes: sizes.ram,
    ramBesideImage: sizes.ram - tableBytes - parameterBytes,
    checked: checked ?? false,
  };
  context.result(
    report,
    textTable([
      ["board", `${board.name}, ${board.mcu.core}`],
      ["file", `${path}, ${thousands(bytes.length)} bytes`],
      ["firmware", report.firmware],
      ["flash", `${thousands(sizes.flash)} bytes`],
      [
        "RAM",
        `${thousands(sizes.ram)} bytes, ${thousands(report.ramBesideImage)} beside the image`,
      ],
      ["checks", checked ? "every access" : "the image, once"],
    ]),
  );
}
