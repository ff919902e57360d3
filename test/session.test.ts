/** Retries and time-outs: the real gateware behind a line that loses, damages and repeats bytes. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { crc32c } from "../host/crc32c.ts";
import { Random } from "../host/fit/random.ts";
import { packImage } from "../host/image/pack.ts";
import { readImage } from "../host/image/read.ts";
import { Device } from "../host/link/device.ts";
import { flashImage } from "../host/link/flash.ts";
import { encodeFrame, FrameReader } from "../host/link/frame.ts";
import { openPort, type Port } from "../host/link/port.ts";
import { verifyDevice } from "../host/verify/verify.ts";
import { toInputs, toProgram, type VectorFile } from "./vectors/format.ts";
import vectors from "./vectors/maddness.json" with { type: "json" };

const file = vectors as unknown as VectorFile;
const vector = file.vectors.find((v) => v.id === "chain-3")!;
const image = readImage(
  packImage(toProgram("maddness", vector), {
    manifest: { tool: "test" },
    goldenInputs: toInputs(vector),
  }),
);

let port: Port;

beforeAll(async () => {
  port = await openPort("sim:icebreaker", { baudRate: 3_000_000 });
});

afterAll(async () => {
  await port?.close();
});

type Harm = (bytes: Uint8Array) => Uint8Array;

/** The same port with every piece of bytes harmed on its way. A fake of the wire, of nothing else. */
const through = (toDevice: Harm, toHost: Harm): Port => ({
  path: port.path,
  simulator: port.simulator,
  write: (bytes) => port.write(toDevice(bytes)),
  drain: () => port.drain(),
  baudRate: port.baudRate,
  setBaudRate: (baudRate) => port.setBaudRate(baudRate),
  onData: (callback) => port.onData((bytes) => callback(toHost(bytes))),
  onClose: (callback) => port.onClose(callback),
  close: async () => {},
});

const SEED = 77;

/** Harms one piece in `oneIn`: drops it, flips a bit, doubles it, or puts foreign text before it. */
function harming(random: Random, oneIn: number): Harm {
  const text = new TextEncoder().encode("\r\nlog: hello\r\n");
  const harms: readonly Harm[] = [
    () => new Uint8Array(0),
    (bytes) => bytes.with(random.below(bytes.length), random.below(256)),
    (bytes) => Uint8Array.of(...bytes, ...bytes),
    (bytes) => Uint8Array.of(...text, ...bytes),
  ];
  return (bytes) =>
    bytes.length > 0 && random.below(oneIn) === 0
      ? harms[random.below(harms.length)](Uint8Array.from(bytes))
      : bytes;
}

describe(`a line that harms what it carries (seed ${SEED})`, () => {
  test("should still bring the exact image, by sending again", async () => {
    const random = new Random(SEED);
    const device = await Device.open(through(harming(random, 6), harming(random, 6)));
    for (let round = 0; round < 4; round++) {
      await device.reset();
      await flashImage(device, image);
      const { ok, differingBits } = await verifyDevice(device, image);
      expect({ round, ok, differingBits }).toEqual({ round, ok: true, differingBits: 0 });
    }
    expect(device.session.retransmissions).toBeGreaterThan(0);
  }, 120_000);

  test("should not let a reply of another session be taken for ours", async () => {
    const stale: Uint8Array[] = [];
    const keep: Harm = (bytes) => {
      stale.push(Uint8Array.from(bytes));
      return bytes;
    };
    await flashImage(await Device.open(port), image);
    const first = await Device.open(through((b) => b, keep));
    expect(await first.digest(0, 64)).toBe(crc32c(image.device.subarray(0, 64)));
    // Every reply of the first session comes again wherever a frame of the second begins: with the
    // same sequence number, command and argument.
    const old = stale.flatMap((bytes) => [...bytes]);
    const repeat: Harm = (bytes) => (bytes[0] === 0 ? Uint8Array.of(...old, ...bytes) : bytes);
    const second = await Device.open(through((b) => b, repeat));
    expect(await second.digest(0, 128)).toBe(crc32c(image.device.subarray(0, 128)));
  }, 60_000);

  test("should not let the reply to another argument be taken for ours", async () => {
    await flashImage(await Device.open(port), image);
    // As a reply would be that comes 65,536 requests late: only its argument tells.
    const reader = new FrameReader();
    const foretell: Harm = (bytes) => {
      const frames = reader.push(bytes).flatMap((frame) => {
        const other = {
          ...frame,
          argument: frame.argument ^ 64,
          data: frame.data.map((b) => b ^ 1),
        };
        return [...encodeFrame(other), ...encodeFrame(frame)];
      });
      return Uint8Array.from(frames);
    };
    const device = await Device.open(through((b) => b, foretell));
    expect(await device.digest(0, 128)).toBe(crc32c(image.device.subarray(0, 128)));
  }, 60_000);
});

/** The same port, every reply so much later. */
const lateBy = (ms: () => number): Port => ({
  ...through(
    (bytes) => bytes,
    (bytes) => bytes,
  ),
  onData: (callback) => port.onData((bytes) => setTimeout(() => callback(bytes), ms())),
});

describe("a line that is only slow", () => {
  test("should be waited for, not flooded", async () => {
    const device = await Device.open(lateBy(() => 120));
    for (let i = 0; i < 10; i++) await device.status();
    expect(device.session.retransmissions).toBeLessThanOrEqual(2);
  });

  test("should be learned again when it becomes slow", async () => {
    let ms = 0;
    const device = await Device.open(lateBy(() => ms));
    for (let i = 0; i < 20; i++) await device.status();
    ms = 150;
    for (let i = 0; i < 20; i++) await device.status();
    // By Karn's rule every one of the 20 would be sent again: none would be a measurement.
    expect(device.session.retransmissions).toBeGreaterThan(0);
    expect(device.session.retransmissions).toBeLessThan(12);
  });

  test("should not be blamed for a pause of this process", async () => {
    const device = await Device.open(port);
    for (let i = 0; i < 20; i++) await device.status();
    const before = device.session.retransmissions;
    for (let i = 0; i < 5; i++) {
      const status = device.status();
      // Longer than any wait for this line: the timer is due, and the reply lies unread.
      // Timers come next after an immediate, before the bytes that have arrived.
      await new Promise((resolve) => setImmediate(resolve));
      const untilMs = performance.now() + 300;
      while (performance.now() < untilMs);
      await status;
    }
    expect(device.session.retransmissions - before).toBe(0);
  });
});

describe("a line on which nothing answers", () => {
  test("should end in a typed error within seconds", async () => {
    const startMs = performance.now();
    const silent = through(
      () => new Uint8Array(0),
      (bytes) => bytes,
    );
    // As a real port: simulators are waited for longer.
    const dead = { ...silent, simulator: undefined };
    await expect(Device.open(dead)).rejects.toMatchObject({ code: "E_LINK_TIMEOUT" });
    expect(performance.now() - startMs).toBeLessThan(10_000);
  }, 20_000);

  test("should end a transfer that breaks off, and a new one goes on from there", async () => {
    await (await Device.open(port)).reset();
    let left = 6;
    const breaking = through(
      (bytes) => (left-- > 0 ? bytes : new Uint8Array(0)),
      (bytes) => bytes,
    );
    const device = await Device.open(breaking);
    await expect(flashImage(device, image)).rejects.toMatchObject({ code: "E_LINK_TIMEOUT" });
    const again = await Device.open(port);
    await flashImage(again, image);
    expect((await verifyDevice(again, image)).ok).toBe(true);
  }, 60_000);
});
