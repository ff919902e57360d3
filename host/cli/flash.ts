import type { Command } from "commander";
import { checkBitstream } from "../bitstream/identify.ts";
import { loadBoard } from "../board/load.ts";
import { programBitstream } from "../board/program.ts";
import { exitCodes, NomulError } from "../errors.ts";
import { readImage, type TableImage } from "../image/read.ts";
import { readInput } from "../import/file.ts";
import type { Device } from "../link/device.ts";
import { type FlashResult, flashImage } from "../link/flash.ts";
import { thousands } from "../report/table.ts";
import { type KeepResult, keepImage } from "../verify/keep.ts";
import { action, type Context } from "./command.ts";
import { type DeviceOptions, deviceOptions, type OnProgress, runOnDevices } from "./device.ts";

/** Flashes with progress shown. */
export function flashShown(
  device: Device,
  image: TableImage,
  board: string | undefined,
  onProgress: OnProgress,
): Promise<FlashResult> {
  return flashImage(device, image, {
    board,
    onProgress: (done, total) => onProgress("flashing", done / total),
  });
}

/** How a bad line was mastered; empty for a good one. */
function lineText({ stepsDown, rung }: FlashResult): string {
  if (stepsDown === 0) return "";
  const baud = rung.baud === undefined ? "" : ` at ${thousands(rung.baud)} baud`;
  return (
    `; the line is bad: ended with ${rung.window === 1 ? "one frame" : `${rung.window} frames`} ` +
    `of at most ${thousands(rung.dataBytes)} bytes at a time${baud}`
  );
}

export function flashText(result: FlashResult): string {
  const whole = thousands(result.bytes);
  if (result.sentBytes === 0) {
    return `nothing sent: the device held all ${whole} bytes already; read back and runnable${lineText(result)}`;
  }
  const what =
    result.sentBytes === result.bytes
      ? `${whole} bytes`
      : `${thousands(result.sentBytes)} of ${whole} bytes (the others were there already)`;
  return (
    `${what} sent in ${result.seconds.toFixed(2)} s (${thousands(result.bytesPerSecond)} bytes/s), ` +
    `all read back and runnable; ${result.retransmissions} retransmissions${lineText(result)}`
  );
}

interface FlashCliOptions extends DeviceOptions {
  readonly volatile?: boolean;
  readonly bitstream?: string;
}

/** kept: undefined when the image is in memory only, because that was asked for or nothing else is. */
type FlashOutcome = FlashResult & { readonly kept: KeepResult | undefined };

async function flashAndKeep(
  device: Device,
  image: TableImage,
  options: FlashCliOptions,
  onProgress: OnProgress,
): Promise<FlashOutcome> {
  const flashed = await flashShown(device, image, options.board, onProgress);
  const { slots } = await device.status();
  if (options.volatile || !slots.flash) return { ...flashed, kept: undefined };
  const kept = await keepImage(device, image, (stage) => onProgress(stage, 0));
  onProgress("confirming", 1);
  return { ...flashed, kept };
}

function keptText({ kept }: FlashOutcome): string {
  if (!kept) return "in memory only: gone at power-off";
  const how = kept.written ? "kept" : "kept already";
  return `${how} in slot ${kept.slot} (sequence ${kept.sequence}): runs after power-on without a host`;
}

/** @throws NomulError E_USAGE, E_FILE_MISSING; what checkBitstream and programBitstream throw */
async function flashBitstream(
  context: Context,
  { bitstream = "", board: id, volatile = false }: FlashCliOptions,
  image: string | undefined,
): Promise<undefined> {
  if (id === undefined || image !== undefined) {
    const message = id === undefined ? "no board was given" : "an image and --bitstream were given";
    throw new NomulError("E_USAGE", message, {
      where: id === undefined ? "--board" : String(image),
      next: "Give --bitstream and --board alone; flash the image in a second command.",
    });
  }
  const board = loadBoard(id);
  const bytes = readInput(bitstream);
  checkBitstream(bytes, bitstream, board);
  const command = await programBitstream(board, bitstream, !volatile);
  const where = volatile ? "the FPGA, gone at power-off" : "its flash chip, kept over power-off";
  context.result(
    { board: id, bitstream, bytes: bytes.length, volatile, command },
    `${thousands(bytes.length)} bytes written to ${board.name} by ${command[0]}: in ${where}`,
  );
  return undefined;
}

export function addFlash(program: Command): void {
  const command = deviceOptions(
    program
      .command("flash")
      .description(
        "write a table image to a device, read it back, try it and keep it over power-off",
      )
      .argument("[image]", "table image (*.nomul)")
      .option("--volatile", "only into the memory it runs from: faster, and gone at power-off")
      .option("--bitstream <bin>", "instead of an image, program the FPGA of --board"),
  );
  action<FlashCliOptions>(command, async (context, options, [path]) => {
    if (options.bitstream !== undefined) return flashBitstream(context, options, path);
    if (path === undefined) {
      throw new NomulError("E_USAGE", "neither an image nor --bitstream was given", {
        where: "image",
        next: "See nomul flash --help.",
      });
    }
    const image = readImage(readInput(path), path);
    return runOnDevices<FlashOutcome>(context, options, {
      verb: "flashing",
      work: (device, onProgress) => flashAndKeep(device, image, options, onProgress),
      data: (result) => result,
      text: (result) => `${flashText(result)}\n${keptText(result)}`,
      exitCode: () => exitCodes.ok,
    });
  });
}
