/** The simulator behind a pseudo-terminal, opened with serialport's own binding. */
import { spawnSync } from "node:child_process";
import { SerialPort } from "serialport";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Device } from "../host/link/device.ts";
import { commandCode, encodeFrame, FrameReader } from "../host/link/frame.ts";
import { openPort } from "../host/link/port.ts";
import { type ServedPty, servePty } from "../host/sim/pty.ts";

const BUILD_MS = 600_000;
const noPython = spawnSync("python3", ["--version"]).error !== undefined;

describe.skipIf(noPython)("a simulator behind a pseudo-terminal (needs python3)", () => {
  let pty: ServedPty;

  beforeAll(async () => {
    pty = await servePty("icebreaker");
  }, BUILD_MS);

  afterAll(async () => {
    await pty?.close();
  });

  test.each([115_200, 1_000_000, 3_000_000])("answers serialport at %d baud", async (baudRate) => {
    const port = new SerialPort({ path: pty.path, baudRate, autoOpen: false });
    await new Promise<void>((resolve, reject) => {
      port.open((error) => (error ? reject(error) : resolve()));
    });
    const reader = new FrameReader();
    const reply = new Promise<number>((resolve) => {
      port.on("data", (bytes) => {
        for (const frame of reader.push(bytes)) resolve(frame.command);
      });
    });
    const hello = { command: commandCode.HELLO, status: undefined, argument: 0 };
    port.write(encodeFrame({ ...hello, session: 1, sequence: 1, data: new Uint8Array(0) }));
    expect(await reply).toBe(commandCode.HELLO);
    await new Promise((resolve) => port.close(resolve));
  });

  test("carries every byte value and full frames unchanged, for one client after another", async () => {
    for (let client = 0; client < 3; client++) {
      const device = await Device.open(await openPort(pty.path, { baudRate: 1_000_000 }));
      await device.begin(2048, 1024);
      const block = Uint8Array.from({ length: 1024 }, (_, i) => i + client);
      await device.data(0, block);
      await device.data(1024, block);
      expect(await device.digest(0, 1024)).toBe(await device.digest(1024, 1024));
      await device.close();
    }
  });

  test("is busy for a second client", async () => {
    const port = await openPort(pty.path, { baudRate: 1_000_000 });
    await expect(openPort(pty.path, { baudRate: 1_000_000 })).rejects.toMatchObject({
      code: "E_PORT_BUSY",
    });
    await port.close();
  });

  test("is lost for its client when it ends", async () => {
    const own = await servePty("icebreaker");
    const device = await Device.open(await openPort(own.path, { baudRate: 1_000_000 }));
    const lost = new Promise<string>((resolve) => {
      device.port.onClose((error) => resolve(error.code));
    });
    await own.close();
    await own.ended;
    expect(await lost).toBe("E_PORT_LOST");
    await expect(device.status()).rejects.toMatchObject({ code: "E_PORT_LOST" });
  });
});

test("a machine without Python is told what to install", async () => {
  await expect(servePty("icebreaker", { python: "python3-absent" })).rejects.toMatchObject({
    code: "E_TOOL_MISSING",
    next: expect.stringContaining("Install python3"),
  });
});
