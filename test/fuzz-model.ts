/** What the device's memory must hold, told from the replies: a second reading of docs/link.md. */
import { crc32c } from "../host/crc32c.ts";
import type { Frame } from "../host/link/frame.ts";
import { commandCode } from "../host/link/frame.ts";

export const TABLE_BYTES = 131072;
export const PARAMETER_BYTES = 6144;

const OK = 0;
const BAD_CRC = 6;
const NO_IMAGE = 7;
const EMPTY = 0;
const OPEN = 1;
const COMMITTED = 2;

const u32 = (bytes: Uint8Array, at = 0) =>
  new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);

export class MemoryModel {
  readonly parameters = new Uint8Array(PARAMETER_BYTES);
  readonly tables = new Uint8Array(TABLE_BYTES);
  slotState = EMPTY;
  deviceBytes = 0;
  tableOffset = 0;
  deviceCrc = 0;
  /** False when memory may have been filled from the flash chip. */
  memoryKnown = true;
  #restarted = false;
  #uncertain = false;

  /** A RESET came that may have ended a self-test, unanswered: the next STATUS tells. */
  maybeRestarted(): void {
    this.#uncertain = true;
  }

  /** The device part as the image in memory divides it. */
  image(): Uint8Array {
    const bytes = new Uint8Array(this.deviceBytes);
    bytes.set(this.parameters.subarray(0, Math.min(this.tableOffset, this.deviceBytes)));
    if (this.deviceBytes > this.tableOffset) {
      bytes.set(this.tables.subarray(0, this.deviceBytes - this.tableOffset), this.tableOffset);
    }
    return bytes;
  }

  /** Takes over what an answered request has changed. @throws Error if the answer is a wrong one */
  answered(request: Frame, reply: Frame): void {
    const { command, argument, data } = request;
    if (command === commandCode.LOAD && [OK, BAD_CRC, NO_IMAGE].includes(reply.status!)) {
      this.memoryKnown = false;
    }
    if (reply.status !== OK) {
      if (reply.data.length > 0) throw new Error("a refusal carries data");
      return;
    }
    if (command === commandCode.BEGIN) this.#begin(argument, u32(data));
    else if (command === commandCode.DATA) this.#write(argument, data);
    else if (command === commandCode.COMMIT) this.#commit(argument);
    else if (command === commandCode.DIGEST) this.#digest(argument, u32(data), u32(reply.data));
    else if (command === commandCode.STATUS) this.#status(reply.data);
    else if (command === commandCode.RESET) this.#restart();
  }

  #begin(deviceBytes: number, tableOffset: number): void {
    const tableBytes = deviceBytes - tableOffset;
    if (tableOffset > PARAMETER_BYTES || tableBytes > TABLE_BYTES || deviceBytes % 8 !== 0) {
      throw new Error(`BEGIN was accepted for ${deviceBytes} bytes, tables at ${tableOffset}`);
    }
    Object.assign(this, { deviceBytes, tableOffset, slotState: OPEN, deviceCrc: 0 });
  }

  #write(offset: number, data: Uint8Array): void {
    if (this.slotState !== OPEN || offset + data.length > this.deviceBytes || data.length === 0) {
      throw new Error(`DATA was accepted at ${offset}, ${data.length} bytes`);
    }
    data.forEach((byte, i) => {
      const at = offset + i;
      if (at < this.tableOffset) this.parameters[at] = byte;
      else this.tables[at - this.tableOffset] = byte;
    });
  }

  #commit(crc: number): void {
    if (this.memoryKnown && crc !== crc32c(this.image())) throw new Error("COMMIT of another CRC");
    this.slotState = COMMITTED;
    this.deviceCrc = crc;
  }

  #digest(offset: number, length: number, crc: number): void {
    if (this.slotState === EMPTY || length === 0 || offset + length > this.deviceBytes) {
      throw new Error(`DIGEST was answered at ${offset}, ${length} bytes`);
    }
    if (this.memoryKnown && crc !== crc32c(this.image().subarray(offset, offset + length))) {
      throw new Error(`memory differs within ${length} bytes at ${offset}`);
    }
  }

  #status(data: Uint8Array): void {
    const told = [data[0], u32(data, 8), u32(data, 12), u32(data, 16)];
    const expected = [this.slotState, this.deviceBytes, this.tableOffset, this.deviceCrc];
    // Starting up, the device reads the slot that boots, if there is one.
    if (this.#restarted && told[0] !== EMPTY) this.memoryKnown = false;
    this.#restarted = false;
    const certain = this.memoryKnown && !this.#uncertain;
    this.#uncertain = false;
    if (certain && told.join() !== expected.join()) {
      throw new Error(`STATUS tells ${told}, expected ${expected}`);
    }
    [this.slotState, this.deviceBytes, this.tableOffset, this.deviceCrc] = told;
  }

  #restart(): void {
    Object.assign(this, { slotState: EMPTY, deviceBytes: 0, tableOffset: 0, deviceCrc: 0 });
    this.#restarted = true;
  }
}
