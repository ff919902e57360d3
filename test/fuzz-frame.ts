/** The host's frame reader under hostile bytes, judged by a second reading of docs/link.md. */
import { Random } from "../host/fit/random.ts";
import { encodeFrame, FrameReader } from "../host/link/frame.ts";
import { hostileBytes, randomFrame } from "./mutate.ts";

const LONGEST_CODE = 1100;
/** Sound frames that the hostile ones are made of. */
const POOL = 2000;

/** CRC-32C by its polynomial, bit by bit. */
function crcBitwise(bytes: readonly number[]): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}

/** What stands between two 00s. @returns header, argument and data of a sound frame */
function readIndependently(code: readonly number[]): readonly number[] | undefined {
  const body: number[] = [];
  for (let at = 0; at < code.length; ) {
    const block = code[at];
    const rest = code.slice(at + 1, at + block);
    if (rest.length !== block - 1) return undefined;
    body.push(...rest);
    at += block;
    if (block !== 255 && at < code.length) body.push(0);
  }
  const length = body[6] | (body[7] << 8);
  if (body.length !== length + 12 || length < 4 || length > 1028) return undefined;
  const crc = body.splice(-4).reduce((sum, byte, i) => sum + byte * 256 ** i, 0);
  return crc === crcBitwise(body) ? body : undefined;
}

export interface FuzzFrameCounts {
  frames: number;
  accepted: number;
  refused: number;
}

/**
 * Gives a reader so many hostile frames, in pieces of random size.
 * @throws Error when the reader throws, or takes another frame than the second reading does
 */
export function fuzzFrames(seed: number, count: number): FuzzFrameCounts {
  const random = new Random(seed);
  const reader = new FrameReader();
  const counts = { frames: 0, accepted: 0, refused: 0 };
  const pool = Array.from({ length: POOL }, () => encodeFrame(randomFrame(random, true)));
  let code: number[] = [];
  while (counts.frames < count) {
    const stream: number[] = [];
    for (let n = 0; n < 50; n++, counts.frames++) {
      stream.push(...hostileBytes(random, pool[random.below(POOL)]));
    }
    const expected: (readonly number[])[] = [];
    for (const byte of stream) {
      if (byte !== 0) {
        code.push(byte);
        continue;
      }
      const body = code.length <= LONGEST_CODE ? readIndependently(code) : undefined;
      if (body) expected.push(body);
      else if (code.length > 0) counts.refused++;
      code = [];
    }
    const found = [];
    const bytes = Uint8Array.from(stream);
    for (let at = 0; at < bytes.length; ) {
      const piece = 1 + random.below(700);
      found.push(...reader.push(bytes.subarray(at, at + piece)));
      at += piece;
    }
    const heads = found.map((f) =>
      [
        (f.version << 5) | f.command,
        f.session,
        f.sequence,
        f.argument,
        Buffer.from(f.data).toString("hex"),
      ].join(),
    );
    const wanted = expected.map((b) => {
      const view = new DataView(Uint8Array.from(b).buffer);
      const [session, sequence] = [view.getUint16(2, true), view.getUint16(4, true)];
      const data = Buffer.from(b.slice(12)).toString("hex");
      return [b[0], session, sequence, view.getUint32(8, true), data].join();
    });
    if (heads.join("\n") !== wanted.join("\n") || reader.skipped !== counts.refused) {
      throw new Error(`seed ${seed}: the readings differ before frame ${counts.frames}`);
    }
    counts.accepted += found.length;
  }
  return counts;
}
