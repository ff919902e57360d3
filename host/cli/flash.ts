import type { Command } from "commander";
import { readImage, type TableImage } from "../image/read.ts";
import { readInput } from "../import/file.ts";
import type { Device } from "../link/device.ts";
import { type FlashResult, flashImage } from "../link/flash.ts";
import { thousands } from "../report/table.ts";
import { action, type Context } from "./command.ts";
import { type DeviceOptions, deviceOptions, withDevice } from "./device.ts";

/** Flashes with progress shown. */
export function flashShown(
  context: Context,
  device: Device,
  image: TableImage,
  board: string | undefined,
): Promise<FlashResult> {
  return flashImage(device, image, {
    board,
    onProgress: (done, total) => context.progress.update("flashing", done / total),
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
    const result = await withDevice(context, options, (device) =>
      flashShown(context, device, image, options.board),
    );
    context.result(result, flashText(result));
    return undefined;
  });
}
