import { crc32c } from "../crc32c.ts";
import { NomulError } from "../errors.ts";
import type { TableImage } from "../image/read.ts";
import { type Block, cutBlocks, sendBlocks } from "./blocks.ts";
import type { Device, DeviceStatus } from "./device.ts";
import { checkImageFits } from "./fit-check.ts";
import { Ladder, type Rung, transferLimitMs } from "./ladder.ts";

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
  /** The rung it ended on, and how many were left behind: 0 on a good line. */
  readonly rung: Rung;
  readonly stepsDown: number;
}

/**
 * Blocks whose digest differs from the image's. A DIGEST is a short frame whatever it is over, so
 * smaller blocks would cost a cautious rung as much as sending them does.
 */
async function differing(
  device: Device,
  image: TableImage,
  blocks: readonly Block[],
  ladder: Ladder,
): Promise<readonly Block[]> {
  const digest = (offset: number, length: number) =>
    ladder.insist(() => device.digest(offset, length));
  if ((await digest(0, image.device.length)) === image.deviceCrc) return [];
  const wrong: Block[] = [];
  for (const block of blocks) {
    const { offset, bytes } = block;
    if ((await digest(offset, bytes.length)) !== crc32c(bytes)) wrong.push(block);
  }
  return wrong;
}

/** Sends blocks and measures how fast. */
async function send(
  device: Device,
  blocks: readonly Block[],
  ladder: Ladder,
  options: FlashOptions,
) {
  const total = blocks.reduce((sum, { bytes }) => sum + bytes.length, 0);
  // Not awaited: the device answers in order, so the first blocks may follow at once.
  const asked = ladder.insist(() => device.status());
  asked.catch(() => {}); // what is wrong with the line, the blocks tell, too
  const startMs = performance.now();
  let done = 0;
  // Likewise behind the last block: waiting for its reply first would count the line's latency.
  let closing: { status: Promise<DeviceStatus>; retransmissions: number } | undefined;
  await sendBlocks(device, blocks, ladder, {
    onSent: (bytes) => {
      done += bytes;
      options.onProgress?.(done, total);
    },
    onAllSent: () => {
      const status = device.status();
      status.catch(() => {});
      closing = { status, retransmissions: device.session.retransmissions };
    },
  });
  const seconds = (performance.now() - startMs) / 1000;
  const before = await asked;
  const after = await ladder.insist(() => {
    // What was sent again came behind that question.
    const inOrder = closing?.retransmissions === device.session.retransmissions;
    return closing && inOrder ? closing.status : device.status();
  });
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
 * The device runs this very image. `BEGIN` would only make it forget that a slot holds it.
 */
async function isThere(device: Device, status: DeviceStatus, image: TableImage, ladder: Ladder) {
  const { slotState, deviceCrc, deviceBytes, tableOffset } = status;
  if (slotState !== "committed" || deviceCrc !== image.deviceCrc) return false;
  if (deviceBytes !== image.device.length || tableOffset !== image.tableOffset) return false;
  const digest = await ladder.insist(() => device.digest(0, deviceBytes));
  return digest === image.deviceCrc;
}

/** Writes what the device does not hold, reads all back and commits. */
async function write(
  device: Device,
  { slotState }: DeviceStatus,
  image: TableImage,
  ladder: Ladder,
  options: FlashOptions,
) {
  const part = image.device;
  const blocks = cutBlocks([{ offset: 0, bytes: part }], device.info.dataBytes);
  await ladder.insist(() => device.begin(part.length, image.tableOffset));
  const sent = await send(
    device,
    slotState === "empty" ? blocks : await differing(device, image, blocks, ladder),
    ladder,
    options,
  );

  // Read back, always; what differs then is written once more.
  const missed = await differing(device, image, blocks, ladder);
  await sendBlocks(device, missed, ladder);
  const wrong = missed.length === 0 ? missed : await differing(device, image, blocks, ladder);
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
  await ladder.insist(() => device.commit(image.deviceCrc, part.length));
  return sent;
}

const nothingSent = { sentBytes: 0, seconds: 0, bytesPerSecond: 0, deviceBytesPerSecond: 0 };

/**
 * Makes the device hold an image: compares what is there by digests, sends the blocks that differ,
 * reads all back and commits. So a transfer that broke off goes on where it stopped, and the same
 * image again sends nothing. Until `BEGIN`, that is, through all checks, the old image stays
 * runnable. On a bad line it goes on with fewer and shorter frames (docs/link.md, Flashing), and it
 * ends within `transferLimitMs` of the image's bytes and the wait of one request.
 * @throws NomulError of `checkImageFits`; E_VERIFY_MEMORY if read-back differs twice;
 *   E_LINK_TIMEOUT if the line is too bad; other link errors
 */
export async function flashImage(
  device: Device,
  image: TableImage,
  options: FlashOptions = {},
): Promise<FlashResult> {
  checkImageFits(image, device.info, options.board);
  const bytes = image.device.length;
  const ladder = new Ladder(device, transferLimitMs(bytes));
  const status = await ladder.insist(() => device.status());
  const sent = (await isThere(device, status, image, ladder))
    ? nothingSent
    : await write(device, status, image, ladder, options);
  return {
    bytes,
    ...sent,
    retransmissions: device.session.retransmissions,
    rung: ladder.rung,
    stepsDown: ladder.stepsDown,
  };
}
