import { elfSegments, flatImage } from "./elf.ts";

/** Where the RP2040 sees the first byte of its flash chip. */
export const XIP_BASE = 0x10000000;
/** The boot ROM copies so many bytes to RAM and runs them, if their CRC follows. */
export const BOOT2_BYTES = 252;

/** CRC-32 as the boot ROM takes it: polynomial 04c11db7, highest bit first, nothing inverted (2.8.1.3.1). */
export function bootCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let k = 0; k < 8; k++) crc = (crc << 1) ^ (crc & 0x80000000 ? 0x04c11db7 : 0);
  }
  return crc >>> 0;
}

/** The flash chip's contents from its first byte on, boot stage with its CRC first. */
export function rp2040Image(elf: Uint8Array): Uint8Array {
  const image = flatImage(elfSegments(elf), XIP_BASE);
  const crc = bootCrc(image.subarray(0, BOOT2_BYTES));
  new DataView(image.buffer).setUint32(BOOT2_BYTES, crc, true);
  return image;
}
