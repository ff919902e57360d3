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
  /** Size of the device part. */
  readonly bytes: number;
  /** Of these, what the device did not hold already and had to be sent. */
  readonly sentBytes: number;
  /** Time of sending. */
  readonly seconds: number;
  /** Sent bytes a second, wall clock; 0 when none were sent. */
  readonly bytesPerSecond: number;
  /** Sent bytes a second of the device's own clock: the same for a board and a simulator of it. */
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

/** Blocks whose digest differs from the image's. */
async function differing(
  device: Device,
  image: TableImage,
  blocks: readonly Block[],
): Promise<readonly Block[]> {
  if ((await device.digest(0, image.device.length)) === image.deviceCrc) return [];
  const wrong: Block[] = [];
  for (const block of blocks) {
    const digest = await device.digest(block.offset, block.bytes.length);
    if (digest !== crc32c(block.bytes)) wrong.push(block);
  }
  return wrong;
}

/** Sends blocks with as many under way as the device takes. */
async function send(device: Device, blocks: readonly Block[], options: FlashOptions) {
  const total = blocks.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const before = await device.status();
  const startMs = performance.now();
  let done = 0;
  await inWindow(blocks, device.info.window, async ({ offset, bytes }) => {
    await device.data(offset, bytes);
    done += bytes.length;
    options.onProgress?.(done, total);
  });
  const seconds = (performance.now() - startMs) / 1000;
  const after = await device.status();
  const cycles = (after.uptimeCycles - before.uptimeCycles) >>> 0;
  const rate = (time: number) => (total === 0 ? 0 : total / time);
  return {
    sentBytes: total,
    seconds,
    bytesPerSecond: rate(seconds),
    deviceBytesPerSecond: rate(cycles / device.info.clockHz),
  };
}

/**
 * Makes the device hold an image: compares what is there by digests, sends the blocks that differ,
 * reads all back and commits. So a transfer that broke off goes on where it stopped, and the same
 * image again sends nothing. Until `BEGIN`, that is, through all checks, the old image stays
 * runnable.
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
  const { slotState } = await device.status();
  await device.begin(part.length, image.tableOffset);
  const sent = await send(
    device,
    slotState === "empty" ? blocks : await differing(device, image, blocks),
    options,
  );

  // Read back, always; what differs then is written once more.
  const missed = await differing(device, image, blocks);
  for (const { offset, bytes } of missed) await device.data(offset, bytes);
  const wrong = missed.length === 0 ? missed : await differing(device, image, blocks);
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
  await device.commit(image.deviceCrc);
  return { bytes: part.length, ...sent, retransmissions: device.session.retransmissions };
}
