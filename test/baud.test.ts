/** The line's rate, changed by both ends: the real gateware with its own divisor, the host with its own. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { NomulError } from "../host/errors.ts";
import { clocksPerBit } from "../host/link/baud.ts";
import { Device } from "../host/link/device.ts";
import { openDevice } from "../host/link/open-device.ts";
import { openPort, type Port } from "../host/link/port.ts";

let port: Port;

beforeEach(async () => {
  port = await openPort("sim:icebreaker");
});

afterEach(async () => {
  await port.close();
});

/** The same port with one of its parts replaced: a cable or an adapter that does not follow. */
const withPart = (part: Partial<Port>): Port => ({
  path: port.path,
  simulator: port.simulator,
  get baudRate() {
    return port.baudRate;
  },
  write: (bytes) => port.write(bytes),
  drain: () => port.drain(),
  setBaudRate: (rate) => port.setBaudRate(rate),
  onData: (callback) => port.onData(callback),
  onClose: (callback) => port.onClose(callback),
  close: () => port.close(),
  ...part,
});

describe("the rate of the line", () => {
  test("should follow BAUD down and up again", async () => {
    const device = await Device.open(port);
    expect(device.info).toMatchObject({ baud: 3_000_000, maxBaud: 3_000_000 });
    for (const baud of [921_600, 115_200, 1_000_000, 3_000_000]) {
      expect(await device.setBaud(baud)).toBe(baud);
      expect(port.baudRate).toBe(baud);
      expect((await device.status()).slotState).toBe("empty");
    }
  });

  test("should be really another one: a host at the old rate gets no answer", async () => {
    const device = await Device.open(port);
    await device.session.request("BAUD", clocksPerBit(12_000_000, 115_200));
    const deaf = device.session.request("STATUS", 0, undefined, { attempts: 1 });
    await expect(deaf).rejects.toMatchObject({ code: "E_LINK_TIMEOUT" });
  });

  test("should return to the first one when the probe fails", async () => {
    // An adapter that says yes and stays at its rate, but for the return to the first one.
    const stubborn = withPart({
      setBaudRate: async (rate) => (rate === 3_000_000 ? port.setBaudRate(rate) : undefined),
    });
    const device = await Device.open(stubborn);
    expect(await device.setBaud(1_000_000)).toBe(3_000_000);
    expect((await device.status()).slotState).toBe("empty");
  }, 60_000);

  test("should return on both ends when the adapter takes another rate than it was told", async () => {
    const wrong = withPart({
      setBaudRate: async (rate) => port.setBaudRate(rate === 1_000_000 ? 500_000 : rate),
    });
    const device = await Device.open(wrong);
    expect(await device.setBaud(1_000_000)).toBe(3_000_000);
    expect(port.baudRate).toBe(3_000_000);
    expect((await device.status()).slotState).toBe("empty");
  }, 60_000);

  test("should return when the port refuses it, and say so", async () => {
    const refusing = withPart({
      setBaudRate: async (rate) => port.setBaudRate(rate === 3_000_000 ? rate : 24_000_000),
    });
    const device = await Device.open(refusing);
    await expect(device.setBaud(1_000_000)).rejects.toMatchObject({ code: "E_BAUD" });
    expect((await device.status()).slotState).toBe("empty");
  }, 60_000);

  test("should be found again by a host that knows only the first one", async () => {
    const lost = await Device.open(port);
    await lost.setBaud(115_200);
    // The first host is gone without a word; the next one starts where every device starts.
    await port.setBaudRate(3_000_000);
    // A board takes 0.7 s to return; a simulator on a busy machine may outlast one HELLO's patience.
    const board = () => Device.open(port).then(({ info }) => info.board);
    await expect.poll(board, { timeout: 60_000 }).toBe("icebreaker");
  }, 90_000);

  test("should be the first one after RESET", async () => {
    const device = await Device.open(port);
    await device.setBaud(500_000);
    await device.reset();
    expect(port.baudRate).toBe(3_000_000);
    expect((await device.status()).slotState).toBe("empty");
  });

  test("should be the first one after RESET by a host that found another one", async () => {
    await (await Device.open(port)).setBaud(115_200);
    const next = await Device.open(port);
    await next.reset();
    expect(port.baudRate).toBe(3_000_000);
    expect((await next.status()).slotState).toBe("empty");
  });

  test("should be refused outside what the device divides", async () => {
    const device = await Device.open(port);
    for (const baud of [300, 2_500_000, 4_000_000, Number.NaN]) {
      const error = await device.setBaud(baud).catch((e: NomulError) => e);
      expect(error).toMatchObject({ code: "E_BAUD" });
    }
    for (const clocks of [0, 3, 4096, 0xffffffff]) {
      await expect(device.session.request("BAUD", clocks)).rejects.toThrow("OUT_OF_RANGE");
    }
    expect((await device.status()).slotState).toBe("empty");
  });
});

test("a simulator opened at another rate than its gateware's should not answer", async () => {
  await port.close();
  await expect(openDevice("sim:icebreaker", { baudRate: 115_200 })).rejects.toMatchObject({
    code: "E_LINK_TIMEOUT",
  });
}, 30_000);
