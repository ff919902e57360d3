import { crc32c } from "../crc32c.ts";
import { readRecord, writeRecord } from "../image/record.ts";
import { commands, frameHeader, linkConstants } from "../spec/link.ts";
import { cobsDecode, cobsEncode } from "./cobs.ts";

export type CommandName = (typeof commands)[number]["name"];

const constant = (name: (typeof linkConstants)[number]["name"]) =>
  linkConstants.find((c) => c.name === name)!.value;

export const LINK_VERSION: number = constant("LINK_VERSION");
export const LINK_DATA_MAX: number = constant("LINK_DATA_MAX");
const FLAG_REPLY: number = constant("FLAG_REPLY");
const CRC_BYTES = 4;
const ARGUMENT_BYTES = 4;

export const commandCode = Object.fromEntries(commands.map((c) => [c.name, c.code])) as Record<
  CommandName,
  number
>;

export interface Frame {
  readonly version: number;
  readonly command: number;
  /** undefined in a request */
  readonly status: number | undefined;
  readonly session: number;
  readonly sequence: number;
  readonly argument: number;
  readonly data: Uint8Array;
}

/** One frame as it goes over the wire, both delimiters included. */
export function encodeFrame(frame: Omit<Frame, "version">): Uint8Array {
  const body = new Uint8Array(frameHeader.bytes + ARGUMENT_BYTES + frame.data.length + CRC_BYTES);
  writeRecord(frameHeader, body, {
    kind: (LINK_VERSION << 5) | frame.command,
    status: frame.status === undefined ? 0 : FLAG_REPLY | frame.status,
    session: frame.session,
    sequence: frame.sequence,
    length: ARGUMENT_BYTES + frame.data.length,
  });
  const view = new DataView(body.buffer);
  view.setUint32(frameHeader.bytes, frame.argument, true);
  body.set(frame.data, frameHeader.bytes + ARGUMENT_BYTES);
  view.setUint32(body.length - CRC_BYTES, crc32c(body.subarray(0, -CRC_BYTES)), true);
  const code = cobsEncode(body);
  const wire = new Uint8Array(code.length + 2);
  wire.set(code, 1);
  return wire;
}

/** What stands between two delimiters. @returns undefined unless it is a whole, sound frame */
export function decodeFrame(code: Uint8Array): Frame | undefined {
  const body = cobsDecode(code);
  if (!body || body.length < frameHeader.bytes + ARGUMENT_BYTES + CRC_BYTES) return undefined;
  const view = new DataView(body.buffer);
  if (view.getUint32(body.length - CRC_BYTES, true) !== crc32c(body.subarray(0, -CRC_BYTES))) {
    return undefined;
  }
  const header = readRecord(frameHeader, body);
  if (header.length !== body.length - frameHeader.bytes - CRC_BYTES) return undefined;
  if (header.length > ARGUMENT_BYTES + LINK_DATA_MAX) return undefined;
  return {
    version: header.kind >> 5,
    command: header.kind & 31,
    status: header.status & FLAG_REPLY ? header.status & ~FLAG_REPLY : undefined,
    session: header.session,
    sequence: header.sequence,
    argument: view.getUint32(frameHeader.bytes, true),
    data: body.slice(frameHeader.bytes + ARGUMENT_BYTES, -CRC_BYTES),
  };
}

/** More bytes than any frame has between two delimiters: the rest up to the next 00 is noise. */
const CODE_MAX = 1100;

/** Cuts a byte stream into frames; whatever is no sound frame is skipped and counted. */
export class FrameReader {
  #code = new Uint8Array(CODE_MAX);
  #length = 0;
  /** Runs of bytes between delimiters that were no frame. */
  skipped = 0;

  /** @returns the frames that these bytes complete, in order */
  push(bytes: Uint8Array): Frame[] {
    const frames: Frame[] = [];
    for (const byte of bytes) {
      if (byte !== 0) {
        if (this.#length < CODE_MAX) this.#code[this.#length] = byte;
        this.#length++;
        continue;
      }
      if (this.#length > 0) {
        const whole = this.#length <= CODE_MAX;
        const frame = whole ? decodeFrame(this.#code.subarray(0, this.#length)) : undefined;
        if (frame) frames.push(frame);
        else this.skipped++;
      }
      this.#length = 0;
    }
    return frames;
  }
}
