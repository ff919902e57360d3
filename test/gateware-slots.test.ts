/** The gateware's slots in flash and its line rate, frame by frame, on its simulator. */
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { loadBoard } from "../host/board/load.ts";
import { crc32c } from "../host/crc32c.ts";
import { packImage } from "../host/image/pack.ts";
import { readImage, type TableImage } from "../host/image/read.ts";
import { readRecord, writeRecord } from "../host/image/record.ts";
import {
  type CommandName,
  commandCode,
  encodeFrame,
  type Frame,
  FrameReader,
} from "../host/link/frame.ts";
import { inferProgram } from "../host/reference/program.ts";
import { buildSimulator } from "../host/sim/build.ts";
import { Machine } from "../host/sim/machine.ts";
import {
  helloReply,
  linkConstants,
  slotFlags,
  statusCodes,
  statusReply,
} from "../host/spec/link.ts";
import { slotConstants, slotHeader } from "../host/spec/slots.ts";
import { toInputs, toProgram, type VectorFile } from "./vectors/format.ts";
import vectors from "./vectors/maddness.json" with { type: "json" };

const BUILD_MS = 600_000;
/** For tests that wait for seconds of the device's time. */
const SECONDS_MS = 120_000;
/** Longer than STORE of the images here: an erase takes 45 ms, a page 0.7 ms. */
const REPLY_CYCLES = 30_000_000;
const board = loadBoard("icebreaker");
const baseOf = (slot: "A" | "B") =>
  board.flash.userOffset! + (slot === "A" ? 0 : constant("SLOT_BYTES"));

function constant(name: string): number {
  return [...linkConstants, ...slotConstants].find((c) => c.name === name)!.value;
}

function imageOf(id: string): TableImage {
  const vector = (vectors as unknown as VectorFile).vectors.find((v) => v.id === id)!;
  const options = { manifest: { tool: "test" }, goldenInputs: toInputs(vector) };
  return readImage(packImage(toProgram("maddness", vector), options));
}

const one = imageOf("chain-3");
const two = imageOf("outputs-72");
const three = imageOf("outputs-1");

const u32 = (value: number) => Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24);
const bit = (name: (typeof slotFlags)[number]["name"]) =>
  slotFlags.find((f) => f.name === name)!.value;

/** A board and the frames to and from it. */
class Bench {
  readonly machine: Machine;
  #reader = new FrameReader();
  #sequence = 0;

  constructor(path: string) {
    this.machine = new Machine(path);
  }

  send(command: CommandName, argument = 0, data = new Uint8Array(0)): number {
    const sequence = this.#sequence++ & 0xffff;
    const request = { command: commandCode[command], status: undefined, session: 7, sequence };
    this.machine.push(encodeFrame({ ...request, argument, data }));
    return sequence;
  }

  /** The next frame the device sends within that many cycles. */
  reply(cycles = REPLY_CYCLES): Frame | undefined {
    for (let n = 0; n < cycles; n += 2000) {
      const end = this.machine.run(2000, true);
      expect(end).not.toBe("power-cut");
      const [frame] = this.#reader.push(this.machine.pop());
      if (frame) return frame;
    }
    return undefined;
  }

  /** Sends a request and checks that the reply echoes it. @returns the reply's status and data */
  ask(command: CommandName, argument = 0, data = new Uint8Array(0)) {
    const sequence = this.send(command, argument, data);
    const frame = this.reply();
    const echo = { command: commandCode[command], session: 7, sequence, argument: argument >>> 0 };
    expect(frame).toMatchObject(echo);
    return { status: statusCodes[frame!.status!].name as string, data: frame!.data };
  }

  status(command: CommandName, argument = 0, data = new Uint8Array(0)): string {
    return this.ask(command, argument, data).status;
  }

  /** STATUS, with the flags that are set by their names without SLOTS_. */
  state() {
    const status = readRecord(statusReply, this.ask("STATUS").data);
    const flags = slotFlags.filter((f) => status.slotFlags & f.value).map((f) => f.name.slice(6));
    return { ...status, flags: flags.join(" ") };
  }

  flash(image: TableImage): void {
    expect(this.status("BEGIN", image.device.length, u32(image.tableOffset))).toBe("OK");
    for (let at = 0; at < image.device.length; at += 1024) {
      expect(this.status("DATA", at, image.device.slice(at, at + 1024))).toBe("OK");
    }
    expect(this.status("COMMIT", image.deviceCrc)).toBe("OK");
  }

  /** The whole way of an image into the slot that does not boot. */
  keep(image: TableImage): void {
    this.flash(image);
    expect(this.status("STORE", image.deviceCrc)).toBe("OK");
    expect(this.status("LOAD", constant("LOAD_OTHER"))).toBe("OK");
    expect(this.status("CONFIRM", image.deviceCrc)).toBe("OK");
  }

  powerCycle(): void {
    this.machine.powerCycle();
    this.machine.run(REPLY_CYCLES);
  }

  /** Runs the first golden input; expects the definition's outputs. */
  infersRight(image: TableImage): void {
    const { input } = image.golden[0];
    const type = image.program.inputType;
    const bytes = type === "i16" ? new Uint8Array(Int16Array.from(input).buffer) : input;
    const { status, data } = this.ask("INFER", 0, Uint8Array.from(bytes));
    expect(status).toBe("OK");
    const outputs = inferProgram(image.program, input).at(-1)!;
    expect([...new Int16Array(data.slice(4).buffer)]).toEqual([...outputs]);
  }

  header(slot: "A" | "B") {
    return readRecord(slotHeader, this.machine.readFlash(baseOf(slot), slotHeader.bytes));
  }

  /** Puts a header with a right CRC in place. */
  writeHeader(slot: "A" | "B", values: Record<string, number>): void {
    const bytes = new Uint8Array(slotHeader.bytes);
    writeRecord(slotHeader, bytes, { headerCrc: 0, ...values } as never);
    bytes.set(u32(crc32c(bytes.subarray(0, 16))), 16);
    this.machine.writeFlash(baseOf(slot), bytes);
  }

  flip(slot: "A" | "B", offset: number): void {
    const [byte] = this.machine.readFlash(baseOf(slot) + offset, 1);
    this.machine.writeFlash(baseOf(slot) + offset, Uint8Array.of(byte ^ 0x10));
  }
}

const body = constant("SLOT_BODY");
const confirmed = constant("SLOT_CONFIRMED");
const loadBoot = constant("LOAD_BOOT");
const loadOther = constant("LOAD_OTHER");

let path: string;
let bench: Bench;

beforeAll(async () => {
  path = (await buildSimulator(board)).path;
}, BUILD_MS);

beforeEach(() => {
  bench = new Bench(path);
  bench.machine.run(REPLY_CYCLES);
});

describe("a device with a blank flash chip", () => {
  test("should come up empty and answer", () => {
    expect(readRecord(helloReply, bench.ask("HELLO").data)).toMatchObject({
      slots: 2,
      maxBaud: 3_000_000,
    });
    expect(bench.state()).toMatchObject({
      slotState: 0,
      flags: "FLASH",
      sequence: 0,
      deviceBytes: 0,
      deviceCrc: 0,
      flashMaker: 0xef,
      flashSize: 0x18,
    });
    expect(bench.machine.flashOperations).toBe(0);
  });

  test("should refuse what needs an image, and say so", () => {
    expect(bench.status("STORE", 0)).toBe("NO_IMAGE");
    expect(bench.status("CONFIRM", 0)).toBe("NO_IMAGE");
    expect(bench.status("LOAD", loadBoot)).toBe("NO_IMAGE");
    expect(bench.status("LOAD", loadOther)).toBe("NO_IMAGE");
    expect(bench.status("LOAD", 2)).toBe("NO_IMAGE");
    expect(bench.status("LOAD", 3)).toBe("OUT_OF_RANGE");
    expect(bench.status("LOAD", 0x80000000)).toBe("OUT_OF_RANGE");
    for (const command of ["STORE", "LOAD", "CONFIRM"] as const) {
      expect(bench.status(command, 0, Uint8Array.of(1))).toBe("BAD_LENGTH");
    }
    expect(bench.machine.flashOperations).toBe(0);
  });

  test("should keep an image over power-off once it is confirmed", () => {
    bench.flash(one);
    expect(bench.status("STORE", one.deviceCrc ^ 1)).toBe("NO_IMAGE");
    expect(bench.status("STORE", one.deviceCrc)).toBe("OK");
    expect(bench.state()).toMatchObject({ flags: "FLASH STORED", sequence: 0 });
    expect(bench.header("A")).toMatchObject({
      deviceBytes: one.device.length,
      tableOffset: one.tableOffset,
      deviceCrc: one.deviceCrc,
      headerCrc: crc32c(bench.machine.readFlash(baseOf("A"), 16)),
      confirmed: 0xffffffff,
    });
    expect(bench.header("A").sequence & 0xffff).toBe(1);
    expect(bench.machine.readFlash(baseOf("A") + body, one.device.length)).toEqual(one.device);
    expect(bench.status("CONFIRM", one.deviceCrc)).toBe("NO_IMAGE");
    expect(bench.status("LOAD", loadOther)).toBe("OK");
    expect(bench.state()).toMatchObject({ slotState: 2, flags: "FLASH TRIAL" });
    bench.infersRight(one);
    expect(bench.status("CONFIRM", one.deviceCrc ^ 1)).toBe("NO_IMAGE");
    expect(bench.status("CONFIRM", one.deviceCrc)).toBe("OK");
    expect(bench.header("A").confirmed).toBe(confirmed);
    const kept = { slotState: 2, flags: "FLASH BOOTABLE KEPT", sequence: 1 };
    expect(bench.state()).toMatchObject(kept);
    bench.powerCycle();
    expect(bench.state()).toMatchObject({ ...kept, framesGood: 1, deviceCrc: one.deviceCrc });
    bench.infersRight(one);
    expect(bench.status("RESET")).toBe("OK");
    bench.machine.run(REPLY_CYCLES);
    expect(bench.state()).toMatchObject(kept);
    bench.infersRight(one);
  });

  test("should write nothing when STORE or CONFIRM is repeated", () => {
    bench.flash(one);
    bench.status("STORE", one.deviceCrc);
    const { flashOperations } = bench.machine;
    expect(bench.status("STORE", one.deviceCrc)).toBe("OK");
    bench.status("LOAD", loadOther);
    expect(bench.status("STORE", one.deviceCrc)).toBe("OK");
    expect(bench.machine.flashOperations).toBe(flashOperations);
    bench.status("CONFIRM", one.deviceCrc);
    expect(bench.status("CONFIRM", one.deviceCrc)).toBe("OK");
    expect(bench.machine.flashOperations).toBe(flashOperations + 1);
  });

  test("should erase no more sectors and write no more pages than the image needs", () => {
    bench.flash(three);
    const pages = Math.ceil(three.device.length / constant("FLASH_PAGE"));
    const sectors = Math.ceil(three.device.length / constant("FLASH_SECTOR"));
    bench.status("STORE", three.deviceCrc);
    expect(bench.machine.flashOperations).toBe(1 + sectors + pages + 1);
  });
});

describe("a device that boots", { timeout: SECONDS_MS }, () => {
  beforeEach(() => {
    bench.keep(one);
    bench.powerCycle();
  });

  test("should return to the old image when it is reset before CONFIRM", () => {
    bench.flash(two);
    expect(bench.state().flags).toBe("FLASH BOOTABLE");
    expect(bench.status("STORE", two.deviceCrc)).toBe("OK");
    expect(bench.status("LOAD", loadOther)).toBe("OK");
    bench.infersRight(two);
    bench.powerCycle();
    expect(bench.state()).toMatchObject({ flags: "FLASH BOOTABLE KEPT", sequence: 1 });
    bench.infersRight(one);
  });

  test("should put every update into the slot that does not boot", () => {
    bench.keep(two);
    expect(bench.state()).toMatchObject({ flags: "FLASH BOOTABLE BOOT_B KEPT", sequence: 2 });
    bench.powerCycle();
    expect(bench.state()).toMatchObject({ flags: "FLASH BOOTABLE BOOT_B KEPT", sequence: 2 });
    bench.infersRight(two);
    bench.keep(three);
    bench.powerCycle();
    expect(bench.state()).toMatchObject({ flags: "FLASH BOOTABLE KEPT", sequence: 3 });
    bench.infersRight(three);
    expect(bench.header("B").deviceCrc).toBe(two.deviceCrc);
  });

  test("should go back to the other image for good, once", () => {
    bench.keep(two);
    expect(bench.status("LOAD", loadOther)).toBe("OK");
    bench.infersRight(one);
    expect(bench.status("CONFIRM", one.deviceCrc)).toBe("OK");
    expect(bench.header("B").confirmed).toBe(constant("SLOT_REVOKED"));
    const back = { flags: "FLASH BOOTABLE KEPT", sequence: 1 };
    expect(bench.state()).toMatchObject(back);
    bench.powerCycle();
    expect(bench.state()).toMatchObject(back);
    bench.infersRight(one);
    // A revoked header cannot be confirmed again: its bits are gone.
    expect(bench.status("LOAD", loadOther)).toBe("OK");
    expect(bench.status("CONFIRM", two.deviceCrc)).toBe("FLASH_FAILED");
    bench.powerCycle();
    bench.infersRight(one);
  });

  test("should not go back to an image that was never confirmed", () => {
    bench.keep(two);
    // An older trial, as a crash between STORE and CONFIRM leaves it.
    bench.machine.writeFlash(baseOf("A") + 20, u32(0xffffffff));
    expect(bench.status("LOAD", loadOther)).toBe("OK");
    expect(bench.status("CONFIRM", one.deviceCrc)).toBe("NO_IMAGE");
    bench.powerCycle();
    bench.infersRight(two);
  });

  test("should load the slot that boots again", () => {
    bench.flash(two);
    expect(bench.status("LOAD", loadBoot)).toBe("OK");
    expect(bench.state()).toMatchObject({ flags: "FLASH BOOTABLE KEPT", slotState: 2 });
    bench.infersRight(one);
  });

  test("should know after BEGIN that memory holds no slot's image", () => {
    expect(bench.status("BEGIN", 64, u32(64))).toBe("OK");
    expect(bench.state().flags).toBe("FLASH BOOTABLE");
  });

  test("should leave memory alone when the other header is not sound", () => {
    expect(bench.status("LOAD", loadOther)).toBe("NO_IMAGE");
    expect(bench.state()).toMatchObject({
      flags: "FLASH BOOTABLE KEPT",
      slotState: 2,
      deviceCrc: one.deviceCrc,
    });
    bench.infersRight(one);
  });

  test("should hold no image after a body that is not sound", () => {
    bench.flash(two);
    bench.status("STORE", two.deviceCrc);
    bench.flip("B", body + two.device.length - 1);
    expect(bench.status("LOAD", loadOther)).toBe("BAD_CRC");
    expect(bench.state()).toMatchObject({ flags: "FLASH BOOTABLE", slotState: 0, deviceCrc: 0 });
    expect(bench.status("CONFIRM", two.deviceCrc)).toBe("NO_IMAGE");
    expect(bench.status("STORE", two.deviceCrc)).toBe("NO_IMAGE");
    expect(bench.status("LOAD", loadBoot)).toBe("OK");
    bench.infersRight(one);
  });

  test("should come up with the older image when a bit of the newest body is flipped", () => {
    bench.keep(two);
    bench.flip("B", body);
    bench.powerCycle();
    expect(bench.state()).toMatchObject({ flags: "FLASH BOOTABLE KEPT", sequence: 1 });
    bench.infersRight(one);
    bench.flip("A", body + 100);
    bench.powerCycle();
    expect(bench.state()).toMatchObject({ slotState: 0, flags: "FLASH", sequence: 0 });
    // Nothing boots, so the next image goes to A.
    bench.keep(three);
    bench.powerCycle();
    expect(bench.state()).toMatchObject({ flags: "FLASH BOOTABLE KEPT", sequence: 1 });
    bench.infersRight(three);
  });

  test.each([0, 5, 9, 14, 16, 20, 23])("should not boot a header damaged in byte %i", (at) => {
    bench.keep(two);
    bench.flip("B", at);
    bench.powerCycle();
    expect(bench.state()).toMatchObject({ flags: "FLASH BOOTABLE KEPT", sequence: 1 });
    bench.infersRight(one);
  });

  test("should not boot sizes that BEGIN refuses", () => {
    const sound = { deviceBytes: two.device.length, tableOffset: two.tableOffset };
    const rest = { sequence: 2, deviceCrc: two.deviceCrc, confirmed };
    bench.keep(two);
    bench.writeHeader("B", { ...sound, ...rest });
    bench.powerCycle();
    bench.infersRight(two);
    for (const wrong of [
      { deviceBytes: two.device.length + 4 },
      { deviceBytes: 131072 + two.tableOffset + 8 },
      { deviceBytes: 0x80000000 + two.device.length },
      { tableOffset: two.tableOffset + 4 },
      { tableOffset: 6152 },
      { tableOffset: two.device.length + 8 },
    ]) {
      bench.writeHeader("B", { ...sound, ...rest, ...wrong });
      bench.powerCycle();
      expect(bench.state()).toMatchObject({ flags: "FLASH BOOTABLE KEPT", sequence: 1 });
      expect(bench.status("LOAD", loadOther)).toBe("NO_IMAGE");
    }
  });

  test("should compare sequence numbers over their wrap-around", () => {
    const header = (image: TableImage, sequence: number) => ({
      sequence,
      deviceBytes: image.device.length,
      tableOffset: image.tableOffset,
      deviceCrc: image.deviceCrc,
      confirmed,
    });
    bench.keep(two);
    for (const [a, b] of [
      [0xffff, 0],
      [0, 0xffff],
      [0x7fff, 0xfffe],
      [9, 10],
      [0xfff0, 0x7000],
    ]) {
      bench.writeHeader("A", header(one, a));
      bench.writeHeader("B", header(two, b));
      bench.powerCycle();
      const newerB = ((b - a) & 0xffff) < 0x8000;
      expect(bench.state().sequence).toBe(newerB ? b : a);
      bench.infersRight(newerB ? two : one);
    }
    bench.writeHeader("A", header(one, 0xffff));
    bench.writeHeader("B", header(two, 0xfffe));
    bench.powerCycle();
    bench.keep(three);
    expect(bench.state()).toMatchObject({ flags: "FLASH BOOTABLE BOOT_B KEPT", sequence: 0 });
    bench.powerCycle();
    bench.infersRight(three);
  });

  test("should drop frames while it boots, and count them", () => {
    bench.machine.powerCycle();
    bench.send("STATUS");
    bench.machine.run(REPLY_CYCLES);
    expect(bench.machine.pop()).toHaveLength(0);
    expect(bench.state()).toMatchObject({ framesDropped: 1, framesGood: 1 });
  });

  test(
    "should say FLASH_FAILED when the chip does not answer, and stay as it was",
    () => {
      bench.flash(two);
      bench.machine.fitFlash(false);
      expect(bench.status("STORE", two.deviceCrc)).toBe("FLASH_FAILED");
      bench.machine.fitFlash(true);
      expect(bench.state()).toMatchObject({ slotState: 2, flags: "FLASH BOOTABLE" });
      bench.infersRight(two);
      expect(bench.status("STORE", two.deviceCrc)).toBe("OK");
    },
    SECONDS_MS,
  );
});

describe("a device without a flash chip", () => {
  test("should work and refuse slots", () => {
    bench.machine.fitFlash(false);
    bench.powerCycle();
    expect(bench.state()).toMatchObject({ slotState: 0, flags: "", sequence: 0 });
    bench.flash(one);
    bench.infersRight(one);
    expect(bench.status("STORE", one.deviceCrc)).toBe("NO_FLASH");
    expect(bench.status("LOAD", loadBoot)).toBe("NO_FLASH");
    expect(bench.status("LOAD", 7)).toBe("NO_FLASH");
    expect(bench.status("CONFIRM", one.deviceCrc)).toBe("NO_FLASH");
  });
});

describe("the line rate", () => {
  const clock = board.clock.hz;

  test("should change behind the reply, to every rate and back", () => {
    bench.machine.setLine(4);
    for (const clocks of [13, 104, 5, 4095, 4]) {
      expect(bench.status("BAUD", clocks)).toBe("OK");
      // The last stop bit is half over when its byte is here.
      bench.machine.run(clock / 1000, true);
      bench.machine.setLine(clocks);
      expect(bench.ask("HELLO").status).toBe("OK");
    }
    bench.flash(one);
    bench.infersRight(one);
  });

  test.each([0, 3, 4096, 0x80000004])("should refuse %i clocks a bit", (clocks) => {
    expect(bench.status("BAUD", clocks)).toBe("OUT_OF_RANGE");
    expect(bench.status("BAUD", 8, Uint8Array.of(1))).toBe("BAD_LENGTH");
    bench.machine.setLine(4);
    expect(bench.status("HELLO")).toBe("OK");
  });

  test(
    "should stand as long as good frames come, however far apart",
    () => {
      expect(bench.status("BAUD", 26)).toBe("OK");
      bench.machine.setLine(26);
      expect(bench.status("HELLO")).toBe("OK");
      bench.machine.run(clock, true);
      expect(bench.status("HELLO")).toBe("OK");
    },
    SECONDS_MS,
  );

  test(
    "should be the one after power-on when no good frame follows",
    () => {
      expect(bench.status("BAUD", 26)).toBe("OK");
      expect(bench.machine.levels & 2).toBe(2);
      bench.machine.run(0.35 * clock, true);
      expect(bench.machine.levels & 2).toBe(2);
      bench.machine.run(0.35 * clock, true);
      expect(bench.machine.levels & 2).toBe(0);
      bench.machine.setLine(4);
      expect(bench.status("HELLO")).toBe("OK");
    },
    SECONDS_MS,
  );

  test(
    "should return after bytes that are no good frame, however many follow",
    () => {
      expect(bench.status("BAUD", 26)).toBe("OK");
      bench.machine.setLine(26);
      expect(bench.status("HELLO")).toBe("OK");
      bench.machine.push(Uint8Array.of(0x55));
      bench.machine.run(0.34 * clock, true);
      expect(bench.status("HELLO")).toBe("OK");
      for (let n = 0; n < 8; n++) {
        bench.machine.push(Uint8Array.of(0x55));
        bench.machine.run(0.1 * clock, true);
      }
      bench.machine.setLine(4);
      bench.send("HELLO");
      // The byte before the frame is noise that its delimiter ends.
      expect(bench.reply()?.status).toBe(0);
    },
    SECONDS_MS,
  );

  test("should be the one after power-on after RESET", () => {
    expect(bench.status("BAUD", 26)).toBe("OK");
    bench.machine.setLine(26);
    expect(bench.status("RESET")).toBe("OK");
    bench.machine.run(REPLY_CYCLES);
    bench.machine.setLine(4);
    expect(bench.status("HELLO")).toBe("OK");
  });
});

test("flags should have the bits that the gateware's names give them", () => {
  expect(slotFlags.reduce((sum, { name }) => sum + bit(name), 0)).toBe(63);
});
