/** One transfer over a harmed line, and the proof of what came of it over a clean one. */
import { crc32c } from "../host/crc32c.ts";
import { type ErrorCode, NomulError } from "../host/errors.ts";
import type { Random } from "../host/fit/random.ts";
import { packImage } from "../host/image/pack.ts";
import { readImage, type TableImage } from "../host/image/read.ts";
import { Device } from "../host/link/device.ts";
import { flashImage } from "../host/link/flash.ts";
import { transferLimitMs } from "../host/link/ladder.ts";
import type { Port } from "../host/link/port.ts";
import { HarmedPort, type LineOptions } from "./line.ts";

/** Longest wait that may be under way when the time is up, and HELLO before the transfer. */
const LAST_WAITS_MS = 15_000 + 8_000;

export interface TransferOutcome {
  readonly outcome: "image" | ErrorCode;
  readonly seconds: number;
  readonly stepsDown: number;
  readonly retransmissions: number;
  /** Frames the host wrote. */
  readonly frames: number;
  /** Bytes acknowledged before the end. */
  readonly acknowledged: number;
}

/** A random image of one layer. @returns device part of about `kilobytes` */
export function randomImage(random: Random, kilobytes: number): TableImage {
  const inputs = 16;
  const codebooks = 8;
  const outputs = 8 * Math.max(1, Math.round((kilobytes * 1024 - 400) / (codebooks * 16 * 8)));
  const draw = <T>(make: { from(a: { length: number }, f: () => number): T }, n: number, f = 256) =>
    make.from({ length: n }, () => random.below(f));
  const layer = {
    operator: "maddness",
    inputs,
    outputs,
    codebooks,
    splitDims: draw(Uint16Array, codebooks * 4, inputs),
    thresholds: draw(Int16Array, codebooks * 15),
    tables: draw(Int8Array, codebooks * 16 * outputs),
    bias: new Int32Array(outputs),
    shift: new Uint8Array(outputs),
  } as const;
  const program = { inputType: "u8", layers: [layer] } as const;
  return readImage(packImage(program, { manifest: { tool: "test" }, goldenInputs: [] }));
}

function demand(truth: boolean, what: string): asserts truth {
  if (!truth) throw new Error(`the link broke its promise: ${what}`);
}

/** Asks over the clean line what is there. @returns CRC-32C of the runnable image, if there is one */
export async function runnableCrc(port: Port): Promise<number | undefined> {
  const device = await Device.open(port);
  const { slotState, deviceBytes, deviceCrc } = await device.status();
  if (slotState !== "committed") return undefined;
  const digest = await device.digest(0, deviceBytes);
  demand(digest === deviceCrc, "a runnable image has not the CRC it was committed with");
  return deviceCrc;
}

/**
 * Flashes over a harmed line.
 * @throws Error when the transfer ends in anything but the exact image or a typed error, too late, or
 *   with a runnable image that nobody sent
 */
export async function transfer(
  port: Port,
  image: TableImage,
  line: LineOptions,
): Promise<TransferOutcome> {
  const before = await runnableCrc(port);
  const harmed = new HarmedPort(port, line);
  const ownBaud = port.baudRate;
  const startMs = performance.now();
  let outcome: TransferOutcome["outcome"] = "image";
  let acknowledged = 0;
  let stepsDown = 0;
  let device: Device | undefined;
  try {
    device = await Device.open(harmed);
    const onProgress = (done: number) => {
      acknowledged = done;
    };
    stepsDown = (await flashImage(device, image, { onProgress })).stepsDown;
  } catch (error) {
    if (!(error instanceof NomulError)) throw error;
    outcome = error.code;
  }
  const ms = performance.now() - startMs;
  await harmed.close();
  await port.drain();
  // As the next user's host does: at the rate that every device has after power-on.
  await port.setBaudRate(ownBaud);
  demand(ms < transferLimitMs(image.device.length) + LAST_WAITS_MS, `it ended after ${ms} ms`);
  const after = await runnableCrc(port);
  if (outcome === "image") demand(after === image.deviceCrc, "the image is not there");
  const known = after === undefined || after === before || after === image.deviceCrc;
  demand(known, "the device runs an image that nobody sent");
  return {
    outcome,
    seconds: ms / 1000,
    stepsDown,
    retransmissions: device?.session.retransmissions ?? 0,
    frames: harmed.frames,
    acknowledged,
  };
}

/**
 * Flashes over the clean line after a transfer that broke off.
 * @throws Error when a block that was right already is sent again
 */
export async function resume(port: Port, image: TableImage): Promise<number> {
  const device = await Device.open(port);
  const { slotState, deviceBytes, tableOffset } = await device.status();
  let wrongBytes = image.device.length;
  if (
    slotState !== "empty" &&
    deviceBytes === image.device.length &&
    tableOffset === image.tableOffset
  ) {
    for (let at = 0; at < image.device.length; at += device.info.dataBytes) {
      const block = image.device.subarray(at, at + device.info.dataBytes);
      if ((await device.digest(at, block.length)) === crc32c(block)) wrongBytes -= block.length;
    }
  }
  const { sentBytes } = await flashImage(device, image);
  demand(sentBytes <= wrongBytes, `${sentBytes} bytes sent, ${wrongBytes} were wrong`);
  demand((await runnableCrc(port)) === image.deviceCrc, "the image is not there after resuming");
  return sentBytes;
}
