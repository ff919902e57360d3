import { randomInt } from "node:crypto";
import { NomulError } from "../errors.ts";
import { decodeInput } from "../image/input.ts";
import { type RecordOf, readRecord } from "../image/record.ts";
import { helloReply, linkConstants, statusReply } from "../spec/link.ts";
import type { Struct } from "../spec/struct.ts";
import { changeBaud, isSameRate, realTimeBaud } from "./baud.ts";
import { isSimulated, type Port } from "./port.ts";
import { Session } from "./session.ts";
import { type SlotState, type SlotsStatus, slotStateOf, slotsOf } from "./slots.ts";

/** What HELLO tells, with the board's name as text. */
export type DeviceInfo = Omit<RecordOf<typeof helloReply>, "board"> & { readonly board: string };

type StatusRecord = RecordOf<typeof statusReply>;
type SlotFields = "slotState" | "slotFlags" | "sequence" | "flashMaker" | "flashSize";

export type DeviceStatus = Omit<StatusRecord, SlotFields> & {
  /** State of the memory that the engine computes with. */
  readonly slotState: SlotState;
  readonly slots: SlotsStatus;
};

export interface InferResult {
  /** Outputs of the whole program; meaningless when only some steps were run. */
  readonly outputs: Int16Array;
  /** Device clock cycles of the steps. */
  readonly cycles: number;
}

/** Slowest inference that is waited for, in cycles; bounds the time-out, not the device. */
const INFER_CYCLES_MAX = 2_000_000;
/** A simulator may run this much slower than the clock it simulates. */
const SLOWDOWN_MAX = 40;

/** A port that is no nomul device should be known as such within seconds (5 s). */
const HELLO_ATTEMPTS = 20;
/** A simulator is one, and on a busy machine its half-second of a rate on trial may last for ten. */
const SIMULATOR_HELLO_ATTEMPTS = 60;

const u32 = (value: number) => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
};

/** A device that answers the link protocol: board or simulator, there is no difference here. */
export class Device {
  readonly info: DeviceInfo;
  readonly session: Session;
  readonly port: Port;
  /** The line has the rate that it has after power-on; not so after another host's change. */
  #ownBaud: boolean;

  private constructor(session: Session, port: Port, info: DeviceInfo) {
    this.session = session;
    this.port = port;
    this.info = info;
    this.#ownBaud = isSameRate(port.baudRate, info.baud);
  }

  /**
   * Says HELLO on an open port.
   * @throws NomulError E_LINK_TIMEOUT if nothing answers, E_LINK_VERSION
   */
  static async open(port: Port): Promise<Device> {
    const session = new Session(port, randomInt(0x10000));
    const attempts = isSimulated(port) ? SIMULATOR_HELLO_ATTEMPTS : HELLO_ATTEMPTS;
    const data = await session.request("HELLO", 0, undefined, { attempts });
    const hello = reply(helloReply, data, "HELLO");
    session.baud = realTimeBaud(port, port.baudRate, hello.clockHz);
    const board = String.fromCharCode(...hello.board).replace(/\0.*$/, "");
    return new Device(session, port, { ...hello, board });
  }

  async status(): Promise<DeviceStatus> {
    const data = await this.session.request("STATUS");
    const raw = reply(statusReply, data, "STATUS");
    const { slotFlags: _f, sequence: _s, flashMaker: _m, flashSize: _z, ...rest } = raw;
    return { ...rest, slotState: slotStateOf(raw), slots: slotsOf(raw) };
  }

  /** Opens memory for an image of this size. @throws NomulError E_DEVICE_STATUS when too large */
  async begin(deviceBytes: number, tableOffset: number): Promise<void> {
    await this.session.request("BEGIN", deviceBytes, u32(tableOffset));
  }

  /** Writes at an absolute offset of the device part. @param bytes 1..info.dataBytes */
  async data(offset: number, bytes: Uint8Array): Promise<void> {
    await this.session.request("DATA", offset, bytes);
  }

  /** CRC-32C of `length` bytes of device memory, as the engine reads them. */
  async digest(offset: number, length: number): Promise<number> {
    const data = await this.session.request("DIGEST", offset, u32(length), {
      workMs: this.#workMs(2 * length),
    });
    return view(data, 4, "DIGEST").getUint32(0, true);
  }

  /**
   * Makes the image runnable.
   * @param crc CRC-32C of the device part
   * @param deviceBytes its size, for the time-out
   */
  async commit(
    crc: number,
    deviceBytes = this.info.tableBytes + this.info.parameterBytes,
  ): Promise<void> {
    await this.session.request("COMMIT", crc, new Uint8Array(0), {
      workMs: this.#workMs(2 * deviceBytes),
    });
  }

  /** @param input bytes in the program's input type @param steps steps to run, 0 = all */
  async infer(input: Uint8Array, steps = 0): Promise<InferResult> {
    const data = await this.session.request("INFER", steps, input, {
      workMs: this.#workMs(INFER_CYCLES_MAX / 10),
    });
    const cycles = view(data, 4, "INFER").getUint32(0, true);
    return { cycles, outputs: decodeInput("i16", data.subarray(4)) };
  }

  /** Reads `count` activations from arena element `offset` on; long buffers in several requests. */
  async trace(offset: number, count: number): Promise<Int16Array> {
    const out = new Int16Array(count);
    const piece = this.info.dataBytes >> 1;
    for (let at = 0; at < count; at += piece) {
      const n = Math.min(piece, count - at);
      const data = await this.session.request("TRACE", offset + at, u32(n));
      view(data, 2 * n, "TRACE");
      out.set(decodeInput("i16", data), at);
    }
    return out;
  }

  /** `count` inferences on the device's own inputs. @param cyclesEach expected, for the time-out */
  async selftest(seed: number, count: number, cyclesEach: number) {
    const data = await this.session.request("SELFTEST", seed, u32(count), {
      workMs: this.#workMs(count * (cyclesEach + 4096)),
    });
    const v = view(data, 8, "SELFTEST");
    return { crc: v.getUint32(0, true), cycles: v.getUint32(4, true) };
  }

  /**
   * Writes the committed image to the slot that does not boot: seconds. It boots after confirm() only.
   * @param crc CRC-32C of the device part @param bytes its size, for the time-out
   * @throws NomulError E_DEVICE_STATUS: NO_FLASH, FLASH_FAILED, NO_IMAGE if memory holds another image
   */
  async store(crc: number, bytes: number): Promise<void> {
    await this.session.request("STORE", crc, undefined, { workMs: storeMs(bytes) });
  }

  /**
   * Reads a slot into memory, as power-on does: the one that boots, the other, or the other only if
   * its image was confirmed once.
   * @throws NomulError E_DEVICE_STATUS: NO_IMAGE if it holds none, BAD_CRC if its body is damaged
   */
  async load(slot: "boot" | "other" | "previous"): Promise<void> {
    const { tableBytes, parameterBytes } = this.info;
    const argument = linkConstants.find((c) => c.name === `LOAD_${slot.toUpperCase()}`)!.value;
    await this.session.request("LOAD", argument, undefined, {
      workMs: this.#workMs(20 * (tableBytes + parameterBytes)),
    });
  }

  /** Makes the slot that load("other") has read the one that boots. @param crc of its device part */
  async confirm(crc: number): Promise<void> {
    await this.session.request("CONFIRM", crc, undefined, { workMs: storeMs(0) });
  }

  /**
   * Changes the rate of the line and makes sure that it holds; see changeBaud.
   * @returns the rate that the line has now
   */
  async setBaud(baudRate: number): Promise<number> {
    this.#ownBaud = (await changeBaud(this, baudRate)) === this.info.baud;
    return this.port.baudRate;
  }

  /** Restarts the device as power-on does. */
  async reset(): Promise<void> {
    await this.session.request("RESET");
    if (!this.#ownBaud) await this.port.setBaudRate(this.info.baud);
    this.#ownBaud = true;
  }

  /** Closes the port; a line whose rate was changed gets back the one that the next user expects. */
  async close(): Promise<void> {
    if (!this.#ownBaud) await this.setBaud(this.info.baud).catch(() => {});
    await this.session.close();
  }

  /** Longest time that this many cycles may take. */
  #workMs(cycles: number): number {
    return (cycles / this.info.clockHz) * 1000 * SLOWDOWN_MAX;
  }
}

/** Longest times of a flash chip of the W25Q class: sector erase, page program (datasheet, AC table). */
const ERASE_MS = 400;
const PROGRAM_MS = 3;

/** Longest time that writing so many bytes into a slot, and its header, may take. */
function storeMs(bytes: number): number {
  const sectors = Math.ceil(bytes / 4096) + 1;
  return sectors * ERASE_MS + (sectors * 16 + 1) * PROGRAM_MS;
}

function view(data: Uint8Array, bytes: number, command: string): DataView {
  if (data.length >= bytes) return new DataView(data.buffer, data.byteOffset, data.byteLength);
  throw new NomulError(
    "E_LINK_REPLY",
    `${command} replied ${data.length} bytes, expected ${bytes}`,
    {
      next: "Program the board with the gateware of this nomul version.",
    },
  );
}

function reply<S extends Struct>(struct: S, data: Uint8Array, command: string): RecordOf<S> {
  view(data, struct.bytes, command);
  return readRecord(struct, data);
}
