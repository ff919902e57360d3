/** Hostile frames: what a line, another program or an attacker may make of sound ones. */
import { crc32c } from "../host/crc32c.ts";
import type { Random } from "../host/fit/random.ts";
import { cobsEncode } from "../host/link/cobs.ts";
import type { Frame } from "../host/link/frame.ts";

const HEADER_BYTES = 8;
const LENGTH_AT = 6;

/** Often a value where a limit may be, else any below 2^32. */
export function hostileU32(random: Random, limits: readonly number[]): number {
  const near = limits[random.below(limits.length)] + random.below(5) - 2;
  const any = random.below(2 ** (1 + random.below(32)));
  return (random.below(3) > 0 ? near : any) >>> 0;
}

/** A frame of random bytes: mostly short, at times as long as can be, at times full of 00. */
export function randomFrame(random: Random, reply: boolean): Omit<Frame, "version"> {
  const kind = random.below(100);
  const bytes = kind === 0 ? 1000 + random.below(25) : kind < 5 ? random.below(260) : kind % 16;
  const zeros = random.below(4) === 0;
  return {
    command: random.below(32),
    status: reply ? random.below(12) : undefined,
    session: random.below(0x10000),
    sequence: random.below(0x10000),
    argument: random.next(),
    data: Uint8Array.from({ length: bytes }, () => (zeros ? 0 : random.below(256))),
  };
}

/** The body of a frame under a CRC that fits it, as it goes over the wire. */
function sealed(body: Uint8Array): Uint8Array {
  const whole = new Uint8Array(body.length + 4);
  whole.set(body);
  new DataView(whole.buffer).setUint32(body.length, crc32c(body), true);
  return Uint8Array.of(0, ...cobsEncode(whole), 0);
}

/** A right CRC around a length field that does not fit, or a body of a size no frame has. */
export function wrongLength(random: Random): Uint8Array {
  const tooLong = random.below(20) === 0;
  const bytes = tooLong ? 1020 + random.below(80) : random.below(60);
  const body = Uint8Array.from({ length: bytes }, () => random.below(256));
  if (bytes >= HEADER_BYTES) {
    // A length that fits, so that only its size is wrong; or any.
    const honest = bytes - HEADER_BYTES;
    const length = tooLong ? honest : honest + random.below(9) - 4;
    new DataView(body.buffer).setUint16(LENGTH_AT, length & 0xffff, true);
    body[0] = (1 << 5) | random.below(32);
  }
  return sealed(body);
}

/** One to four changes to the bytes of a frame, or two frames that run into each other. */
export function mutated(random: Random, wire: Uint8Array): Uint8Array {
  let bytes = [...wire];
  for (let n = 1 + random.below(4); n > 0; n--) {
    const at = random.below(bytes.length + 1);
    const many = 1 + random.below(12);
    const kind = random.below(6);
    if (kind === 0 && at < bytes.length) bytes[at] ^= 1 << random.below(8);
    else if (kind === 1) bytes.splice(at, 0, random.below(256));
    else if (kind === 2) bytes.splice(at, many);
    else if (kind === 3) bytes = bytes.slice(0, at);
    else if (kind === 4) bytes.splice(at, 0, ...bytes.slice(0, random.below(bytes.length + 1)));
    else bytes.splice(at, 1, 0);
  }
  return Uint8Array.from(bytes);
}

/** Bytes for a receiver: a sound frame as it is or mutated, a wrongly built one, or random ones. */
export function hostileBytes(random: Random, sound: Uint8Array): Uint8Array {
  const kind = random.below(10);
  if (kind === 0) return sound;
  if (kind === 1) return wrongLength(random);
  if (kind === 2) return Uint8Array.from({ length: random.below(80) }, () => random.below(256));
  return mutated(random, sound);
}
