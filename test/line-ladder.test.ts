/** How a transfer gives way on a bad line, on the real gateware. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { flashText } from "../host/cli/flash.ts";
import { NomulError } from "../host/errors.ts";
import { Random } from "../host/fit/random.ts";
import { Device } from "../host/link/device.ts";
import { flashImage } from "../host/link/flash.ts";
import { type Frame, FrameReader } from "../host/link/frame.ts";
import { Ladder, rungsOf } from "../host/link/ladder.ts";
import { openPort, type Port } from "../host/link/port.ts";
import { randomImage, runnableCrc } from "./line-transfer.ts";

const SEED = 11;
const image = randomImage(new Random(SEED), 5);
const DATA = 3;
let port: Port;

beforeAll(async () => {
  port = await openPort("sim:icebreaker", { baudRate: 3_000_000 });
});

afterAll(async () => {
  await port?.close();
});

beforeEach(async () => {
  await (await Device.open(port)).reset();
});

interface Traffic {
  /** Bytes of the image that the line carried to the device. */
  dataBytes: number;
  /** Most DATA frames that were under way at a time. */
  underWay: number;
}

/** The same port, which loses the writes that `carries` refuses. */
function picky(carries: (wire: Uint8Array, frame: Frame) => boolean): [Port, Traffic] {
  const traffic: Traffic = { dataBytes: 0, underWay: 0 };
  const replies = new FrameReader();
  let underWay = 0;
  const line: Port = {
    path: port.path,
    simulator: port.simulator,
    write: async (bytes) => {
      const [frame] = new FrameReader().push(bytes);
      if (!carries(bytes, frame)) return;
      if (frame.command === DATA) {
        traffic.dataBytes += frame.data.length;
        traffic.underWay = Math.max(traffic.underWay, ++underWay);
      }
      await port.write(bytes);
    },
    drain: () => port.drain(),
    get baudRate() {
      return port.baudRate;
    },
    setBaudRate: (baudRate) => port.setBaudRate(baudRate),
    onData: (callback) =>
      port.onData((bytes) => {
        for (const frame of replies.push(bytes)) if (frame.command === DATA) underWay--;
        callback(bytes);
      }),
    onClose: (callback) => port.onClose(callback),
    close: async () => {},
  };
  return [line, traffic];
}

/** Loses the DATA of one offset three times. */
function losingThrice(offset: number) {
  let lost = 0;
  return (_: Uint8Array, { command, argument }: Frame) =>
    command !== DATA || argument !== offset || ++lost > 3;
}

describe("the ladder", () => {
  test("should have the rungs of docs/link.md", () => {
    const baud = 1_000_000;
    const lower = [
      { window: 1, dataBytes: 64, baud: 115_200 },
      { window: 1, dataBytes: 64, baud: 38_400 },
    ];
    expect(rungsOf({ window: 8, dataBytes: 1024, baud })).toEqual([
      { window: 8, dataBytes: 1024 },
      { window: 1, dataBytes: 1024 },
      { window: 1, dataBytes: 240 },
      { window: 1, dataBytes: 64 },
      ...lower,
    ]);
    expect(rungsOf({ window: 1, dataBytes: 48, baud: 9600 })).toEqual([
      { window: 1, dataBytes: 48 },
    ]);
    expect(rungsOf({ window: 2, dataBytes: 240, baud: 115_200 })).toEqual([
      { window: 2, dataBytes: 240 },
      { window: 1, dataBytes: 240 },
      { window: 1, dataBytes: 64 },
      lower[1],
    ]);
  });

  test("should stay on the first rung on a good line, sending hardly a byte twice", async () => {
    const [line, traffic] = picky(() => true);
    const result = await flashImage(await Device.open(line), image);
    expect(result).toMatchObject({ stepsDown: 0, rung: { window: 8, dataBytes: 1024 } });
    // A loaded machine may make the simulator late once or twice.
    expect(traffic.dataBytes).toBeGreaterThanOrEqual(image.device.length);
    expect(traffic.dataBytes).toBeLessThanOrEqual(image.device.length + 2 * 1024);
    expect(traffic.underWay).toBeGreaterThan(1);
    expect(flashText(result)).not.toContain("bad");
  });

  test.each([
    [1, 1024, "one frame of at most 1,024 bytes", losingThrice(2048)],
    [2, 240, "one frame of at most 240 bytes", (wire: Uint8Array) => wire.length < 300],
    [3, 64, "one frame of at most 64 bytes", (wire: Uint8Array) => wire.length < 100],
  ])("should go down %i to %i bytes when the line needs it, and say so", async (...row) => {
    const [stepsDown, dataBytes, words, carries] = row;
    const [line, traffic] = picky(carries);
    const result = await flashImage(await Device.open(line), image);
    expect(result).toMatchObject({ stepsDown, rung: { window: 1, dataBytes } });
    // What was acknowledged on one rung is not sent again on the next.
    expect(traffic.dataBytes).toBeLessThanOrEqual(image.device.length + 2 * dataBytes);
    expect(flashText(result)).toContain(words);
    expect(await runnableCrc(port)).toBe(image.deviceCrc);
  });

  test("should change the rate when even the shortest DATA gets lost", async ({ skip }) => {
    const changing = await Device.open(port);
    const offered = await changing.setBaud(115_200).catch((error: NomulError) => error.message);
    skip(offered !== 115_200, `this gateware has no BAUD: ${offered}`);
    await changing.setBaud(changing.info.baud);
    const [line] = picky((_, { command }) => command !== DATA || port.baudRate <= 115_200);
    const device = await Device.open(line);
    const result = await flashImage(device, image);
    expect(result).toMatchObject({
      stepsDown: 4,
      rung: { window: 1, dataBytes: 64, baud: 115_200 },
    });
    expect(flashText(result)).toContain("at 115,200 baud");
    await device.setBaud(device.info.baud);
    expect(await runnableCrc(port)).toBe(image.deviceCrc);
  }, 60_000);

  test("should end a transfer whose time is up, with a typed error", async () => {
    const device = await Device.open(port);
    const ladder = new Ladder(device, 300);
    const error = await (async () => {
      for (;;) await ladder.insist(() => device.status());
    })().catch((e) => e);
    expect(error).toBeInstanceOf(NomulError);
    expect(error).toMatchObject({ code: "E_LINK_TIMEOUT" });
    expect(error.message).toContain("not done within");
  });

  test("should end a transfer when the device falls silent, with a typed error", async () => {
    let left = 6;
    const [line] = picky(() => left-- > 0);
    const device = await Device.open(line);
    const startMs = performance.now();
    const error = await flashImage(device, image).catch((e) => e);
    expect(error).toMatchObject({ code: "E_LINK_TIMEOUT" });
    expect(error.message).toContain("no reply for");
    expect(performance.now() - startMs).toBeGreaterThan(9_000);
    expect(performance.now() - startMs).toBeLessThan(25_000);
  }, 40_000);
});
