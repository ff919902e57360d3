import type { Command } from "commander";
import { exitCodes } from "../errors.ts";
import { readImage, type TableImage } from "../image/read.ts";
import { readInput } from "../import/file.ts";
import type { Device } from "../link/device.ts";
import { type FlashResult, flashImage } from "../link/flash.ts";
import { thousands } from "../report/table.ts";
import { action } from "./command.ts";
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

function flashText(result: FlashResult): string {
  const whole = thousands(result.bytes);
  if (result.sentBytes === 0) {
    return `nothing sent: the device held all ${whole} bytes already; read back and runnable`;
  }
  const what =
    result.sentBytes === result.bytes
      ? `${whole} bytes`
      : `${thousands(result.sentBytes)} of ${whole} bytes (the others were there already)`;
  return (
    `${what} sent in ${result.seconds.toFixed(2)} s (${thousands(result.bytesPerSecond)} bytes/s), ` +
    `all read back and runnable; ${result.retransmissions} retransmissions`
  );
}

export function addFlash(program: Command): void {
  const command = deviceOptions(
    program
      .command("flash")
      .description("write a table image to a device, read it back and make it runnable")
      .argument("<image>", "table image (*.nomul)"),
  );
  action<DeviceOptions>(command, async (context, options, [path]) => {
    const image = readImage(readInput(path), path);
    return runOnDevices<FlashResult>(context, options, {
      verb: "flashing",
      work: (device, onProgress) => flashShown(device, image, options.board, onProgress),
      data: (result) => result,
      text: flashText,
      exitCode: () => exitCodes.ok,
    });
  });
}
