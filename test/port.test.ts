import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { loadBoard } from "../host/board/load.ts";
import { Device } from "../host/link/device.ts";
import { commandCode, encodeFrame, FrameReader } from "../host/link/frame.ts";
import { openPort, type Port } from "../host/link/port.ts";
import { openError } from "../host/link/port-errors.ts";
import { guessBoard, listPorts } from "../host/link/ports.ts";
import { type SimulatorPort, simulatorBinding } from "../host/sim/binding.ts";
import { buildSimulator } from "../host/sim/build.ts";

const BUILD_MS = 600_000;
const path = "sim:icebreaker";
const opened: { close(): Promise<void> }[] = [];

/** Closes what a failed test leaves open. */
const later = <T extends { close(): Promise<void> }>(thing: T): T => {
  opened.push(thing);
  return thing;
};

const helloFrame = (): Uint8Array =>
  encodeFrame({
    command: commandCode.HELLO,
    status: undefined,
    session: 1,
    sequence: 1,
    argument: 0,
    data: new Uint8Array(0),
  });

const open = async (): Promise<Port> => later(await openPort(path));

beforeAll(async () => {
  await buildSimulator(loadBoard("icebreaker"));
}, BUILD_MS);

afterEach(async () => {
  for (const thing of opened.splice(0)) await thing.close().catch(() => {});
});

describe("opening a port", () => {
  test("that does not exist is E_PORT_MISSING", async () => {
    await expect(openPort("/dev/ttyNOMUL9", { baudRate: 115200 })).rejects.toMatchObject({
      code: "E_PORT_MISSING",
      exitCode: 3,
      where: "/dev/ttyNOMUL9",
    });
  });

  test("that is no serial port is E_PORT_MISSING with the reason", async () => {
    await expect(openPort("/dev/null", { baudRate: 115200 })).rejects.toMatchObject({
      code: "E_PORT_MISSING",
      message: expect.stringContaining("Inappropriate ioctl"),
    });
  });

  test("of an unknown simulated board is E_BOARD_UNKNOWN", async () => {
    await expect(openPort("sim:nope", { baudRate: 115200 })).rejects.toMatchObject({
      code: "E_BOARD_UNKNOWN",
      exitCode: 2,
    });
    // The failed attempt must not leave the name taken.
    await expect(openPort("sim:nope", { baudRate: 115200 })).rejects.toMatchObject({
      code: "E_BOARD_UNKNOWN",
    });
  });

  test("a second time is E_PORT_BUSY until it is closed", async () => {
    const first = await open();
    await expect(open()).rejects.toMatchObject({ code: "E_PORT_BUSY", exitCode: 5 });
    await first.close();
    const second = await open();
    expect((await Device.open(second)).info.board).toBe("icebreaker");
  });

  // Root may open everything, so a refusal cannot be provoked in every place the tests run.
  test("without permission is E_PORT_PERMISSION and names group and udev", () => {
    const message = "Error: Permission denied, cannot open /dev/ttyUSB0";
    const error = openError("/dev/ttyUSB0", new Error(message));
    expect(error).toMatchObject({ code: "E_PORT_PERMISSION", exitCode: 5 });
    if (process.platform === "linux") expect(error.next).toMatch(/dialout.*udev/);
  });
});

describe("an open simulated port", () => {
  test("carries HELLO to the gateware and back", async () => {
    const port = await open();
    const { info } = await Device.open(port);
    const { clock, engine, simulation } = loadBoard("icebreaker");
    expect(info.board).toBe("icebreaker");
    expect(info.tableBytes).toBe(engine.tableBytes);
    expect(info.baud).toBe(clock.hz / simulation.divisor);
  });

  test("keeps bytes that came before there was a receiver", async () => {
    const port = await open();
    await port.write(helloFrame());
    await port.drain();
    const bytes = await new Promise<Uint8Array>((resolve) => port.onData(resolve));
    expect(new FrameReader().push(bytes).map((frame) => frame.command)).toEqual([1]);
  });

  test("says how fast it is stepped, and is not stepped while silent", async () => {
    const port = await open();
    await Device.open(port);
    await port.drain();
    const first = await port.simulator!.stats();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const second = await port.simulator!.stats();
    expect(second.cycles).toBe(first.cycles);
    expect(first.cyclesPerSecond).toBeCloseTo(first.cycles / first.seconds, 3);
  });

  test("flips one bit of a memory, which the device then reads", async () => {
    const port = await open();
    const device = await Device.open(port);
    await device.begin(2048, 1024);
    await device.data(0, new Uint8Array(1024));
    await device.data(1024, new Uint8Array(1024));
    const before = [await device.digest(0, 1024), await device.digest(1024, 1024)];
    await port.simulator!.poke("table", 5, 3);
    const table = [await device.digest(0, 1024), await device.digest(1024, 1024)];
    expect(table[0]).toBe(before[0]);
    expect(table[1]).not.toBe(before[1]);
    await port.simulator!.poke("table", 5, 3);
    await port.simulator!.poke("parameter", 1023, 7);
    const parameter = [await device.digest(0, 1024), await device.digest(1024, 1024)];
    expect(parameter[0]).not.toBe(before[0]);
    expect(parameter[1]).toBe(before[1]);
  });

  test.each([
    ["table", 131072, 0],
    ["parameter", 6144, 0],
    ["table", 0, 8],
    ["table", -1, 0],
    ["table", 0.5, 0],
  ] as const)("refuses to flip %s byte %d bit %d", async (memory, address, bit) => {
    const port = await open();
    await expect(port.simulator!.poke(memory, address, bit)).rejects.toMatchObject({
      code: "E_RANGE",
    });
  });

  test("is fresh after closing and opening: volatile memory holds no image", async () => {
    const device = await Device.open(await open());
    await device.begin(64, 32);
    expect((await device.status()).slotState).toBe("open");
    await device.close();
    expect((await (await Device.open(await open())).status()).slotState).toBe("empty");
  });
});

describe("a port that disappears", () => {
  test("in the middle of a transfer rejects the transfer and says so once", async () => {
    const port = await open();
    const device = await Device.open(port);
    await device.begin(100_000, 1024);
    const errors: string[] = [];
    port.onClose((error) => errors.push(error.code));
    const writes = Array.from({ length: 8 }, (_, i) =>
      port.write(new Uint8Array(60_000).fill(i)).then(
        () => "written",
        (error) => error.code,
      ),
    );
    await port.simulator!.close();
    expect(await Promise.all(writes)).toContain("E_PORT_LOST");
    await expect(port.write(Uint8Array.of(1))).rejects.toMatchObject({
      code: "E_PORT_LOST",
      exitCode: 7,
    });
    await expect(port.drain()).rejects.toMatchObject({ code: "E_PORT_LOST" });
    expect(errors).toEqual(["E_PORT_LOST"]);
    await port.close();
  });

  test("tells a receiver that is set afterwards", async () => {
    const port = await open();
    const lost = new Promise<void>((resolve) => port.onClose(() => resolve()));
    await port.simulator!.close();
    await lost;
    const code = await new Promise((resolve) => port.onClose((error) => resolve(error.code)));
    expect(code).toBe("E_PORT_LOST");
  });

  test("is not one that was closed: twice is fine, and nobody is told of a loss", async () => {
    const port = await open();
    let told = 0;
    port.onClose(() => told++);
    await port.close();
    await port.close();
    await expect(port.write(Uint8Array.of(1))).rejects.toMatchObject({ code: "E_PORT_LOST" });
    expect(told).toBe(0);
  });
});

describe("the simulator's serialport binding", () => {
  const openRaw = async (): Promise<SimulatorPort> =>
    later(await simulatorBinding().open({ path, baudRate: 3_000_000 }));

  test("rejects a pending read as cancelled when the port is closed", async () => {
    const port = await openRaw();
    const read = port.read(Buffer.alloc(16), 0, 16);
    await Promise.all([expect(read).rejects.toMatchObject({ canceled: true }), port.close()]);
    await expect(port.read(Buffer.alloc(1), 0, 1)).rejects.toMatchObject({ canceled: true });
    await expect(port.write(Buffer.of(1))).rejects.toThrow("not open");
  });

  test("rejects a pending read as a loss when the simulator ends", async () => {
    const port = await openRaw();
    const read = port.read(Buffer.alloc(16), 0, 16);
    const lost = read.catch((error) => error);
    await port.board.close();
    expect(await lost).toBeInstanceOf(Error);
    expect(await lost).not.toHaveProperty("canceled", true);
  });

  test("reads no more than asked for, at the offset asked for", async () => {
    const port = await openRaw();
    await port.write(Buffer.from(helloFrame()));
    const buffer = Buffer.alloc(10, 0xee);
    expect((await port.read(buffer, 4, 3)).bytesRead).toBe(3);
    // A reply frame opens with the delimiter; what lies outside 4..6 is untouched.
    expect(buffer[4]).toBe(0);
    expect([...buffer.subarray(0, 4), ...buffer.subarray(7)]).toEqual(Array(7).fill(0xee));
  });

  test("has modem lines that change nothing, and the rates a line can have", async () => {
    const port = await openRaw();
    await port.set();
    await port.update({ baudRate: 9600 });
    expect(await port.getBaudRate()).toEqual({ baudRate: 9600 });
    await expect(port.update({ baudRate: 12_000_000 })).rejects.toMatchObject({ code: "E_RANGE" });
    expect(await port.get()).toEqual({ cts: true, dsr: true, dcd: true });
    await port.flush();
    await port.drain();
  });
});

describe("listing ports", () => {
  test("always has the simulators, also without udevadm", async () => {
    const ports = await listPorts();
    expect(ports).toContainEqual(
      expect.objectContaining({ path, kind: "simulator", board: "icebreaker", vendorId: "0403" }),
    );
  });

  test("guesses a board only if USB ids and product fit one board", () => {
    const board = loadBoard("icebreaker");
    const usb = {
      vendorId: "0403",
      productId: "6010",
      product: "usb-1BitSquared_iCEBreaker_V1.0e",
    };
    expect(guessBoard(usb, [board])).toBe("icebreaker");
    expect(guessBoard({ ...usb, product: "Dual RS232-HS" }, [board])).toBeUndefined();
    expect(guessBoard({ ...usb, productId: "6014" }, [board])).toBeUndefined();
    expect(guessBoard(usb, [board, { ...board, id: "twin" }])).toBeUndefined();
  });
});
