import { crc32c } from "../crc32c.ts";
import { NomulError } from "../errors.ts";
import type { TableImage } from "../image/read.ts";
import type { Device } from "./device.ts";
import { checkImageFits } from "./fit-check.ts";

export interface FlashOptions {
  /** Refuse any other board. */
  readonly board?: string | undefined;
  /** @param done bytes the device has acknowledged */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface FlashResult {
  readonly bytes: number;
  readonly seconds: number;
  /** Bytes a second, wall clock. */
  readonly bytesPerSecond: number;
  /** Bytes a second of the device's own clock: the same for a board and a simulator of it. */
  readonly deviceBytesPerSecond: number;
  /** Requests that had to be sent again. */
  readonly retransmissions: number;
}

interface Block {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Runs `work` over all items, at most `width` at a time, in order. */
async function inWindow<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>) {
  let next = 0;
  const lane = async () => {
    while (next < items.length) await work(items[next++]);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
}

/** Blocks whose read-back digest differs. */
async function differing(device: Device, blocks: readonly Block[]): Promise<Block[]> {
  const wrong: Block[] = [];
  for (const block of blocks) {
    const digest = await device.digest(block.offset, block.bytes.length);
    if (digest !== crc32c(block.bytes)) wrong.push(block);
  }
  return wrong;
}

/**
 * Writes an image's device part into the device, reads its digest back and commits it. The image
 * that was there stays runnable until the first byte is sent, that is, through all checks.
 * @throws NomulError of `checkImageFits`; E_VERIFY_MEMORY if read-back differs twice; link errors
 */
export async function flashImage(
  device: Device,
  image: TableImage,
  options: FlashOptions = {},
): Promise<FlashResult> {
  checkImageFits(image, device.info, options.board);
  const part = image.device;
  const blocks: Block[] = [];
  for (let offset = 0; offset < part.length; offset += device.info.dataBytes) {
    blocks.push({ offset, bytes: part.subarray(offset, offset + device.info.dataBytes) });
  }

  await device.begin(part.length, image.tableOffset);
  const before = await device.status();
  const startMs = performance.now();
  let done = 0;
  const write = async ({ offset, bytes }: Block) => {
    await device.data(offset, bytes);
    done += bytes.length;
    options.onProgress?.(done, part.length);
  };
  await inWindow(blocks, device.info.window, write);
  const seconds = (performance.now() - startMs) / 1000;
  const after = await device.status();

  if ((await device.digest(0, part.length)) !== image.deviceCrc) {
    for (const block of await differing(device, blocks))
      await device.data(block.offset, block.bytes);
    const wrong = await differing(device, blocks);
    if (wrong.length > 0) {
      throw new NomulError(
        "E_VERIFY_MEMORY",
        `${wrong.length} blocks read back differently after two writes`,
        {
          where: `device byte ${wrong[0].offset}`,
          next: "The board's memory is faulty: try another board.",
        },
      );
    }
  }
  await device.commit(image.deviceCrc);
  const deviceSeconds = ((after.uptimeCycles - before.uptimeCycles) >>> 0) / device.info.clockHz;
  return {
    bytes: part.length,
    seconds,
    bytesPerSecond: part.length / seconds,
    deviceBytesPerSecond: part.length / deviceSeconds,
    retransmissions: device.session.retransmissions,
  };
}
