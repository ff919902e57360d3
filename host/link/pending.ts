import { type CommandName, type Frame, LINK_DATA_MAX } from "./frame.ts";

/** A request that waits for its reply. */
export interface Pending {
  readonly command: CommandName;
  readonly argument: number;
  readonly data: Uint8Array;
  readonly workMs: number;
  attemptsLeft: number;
  timeOuts: number;
  /** Replies to requests that were sent after this one. */
  overtaken: number;
  /** All sendings, the last one last; the reply to any of them is the reply. */
  readonly sendings: Sending[];
  timer: NodeJS.Timeout | undefined;
  resolve(frame: Frame): void;
  reject(error: Error): void;
}

/** One time that a request went out. */
export interface Sending {
  readonly pending: Pending;
  readonly sequence: number;
  /** Counts all sendings of the session: the device answers in this order. */
  readonly order: number;
  /** Since when nothing but this request keeps the device from answering it. */
  waitingSinceMs: number;
}

/** Bytes of a frame besides its data: header, argument, CRC, COBS, delimiters. */
const FRAME_BYTES = 24;
const BITS_PER_BYTE = 10;

/** Time of a request and its reply on the line itself, at most. @param baud bits a second */
export function wireMs({ command, data }: Pick<Pending, "command" | "data">, baud: number): number {
  const longReply = command === "INFER" || command === "TRACE";
  const bytes = 2 * FRAME_BYTES + data.length + (longReply ? LINK_DATA_MAX : 0);
  return (bytes * BITS_PER_BYTE * 1000) / baud;
}
