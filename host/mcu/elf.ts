import { NomulError } from "../errors.ts";

const PT_LOAD = 1;

/** Bytes of a program and the address at which they are stored. */
export interface Segment {
  readonly address: number;
  readonly bytes: Uint8Array;
}

/**
 * What a 32-bit little-endian ELF file puts into memory, at load addresses, in order.
 * @throws NomulError E_BUILD_FAILED if it is no such file
 */
export function elfSegments(elf: Uint8Array): readonly Segment[] {
  const view = new DataView(elf.buffer, elf.byteOffset, elf.byteLength);
  if (elf.length < 52 || view.getUint32(0) !== 0x7f454c46 || elf[4] !== 1 || elf[5] !== 1) {
    throw new NomulError("E_BUILD_FAILED", "the firmware is no 32-bit ELF file", {
      next: "Delete build/mcu and build again.",
    });
  }
  const [at, bytes, count] = [
    view.getUint32(28, true),
    view.getUint16(42, true),
    view.getUint16(44, true),
  ];
  return Array.from({ length: count }, (_, i) => at + i * bytes)
    .filter((p) => view.getUint32(p, true) === PT_LOAD && view.getUint32(p + 16, true) > 0)
    .map((p) => {
      const offset = view.getUint32(p + 4, true);
      const length = view.getUint32(p + 16, true);
      return { address: view.getUint32(p + 12, true), bytes: elf.slice(offset, offset + length) };
    })
    .sort((a, b) => a.address - b.address);
}

/** One block of bytes from `origin` on; what lies between segments is ff, as erased flash is. */
export function flatImage(segments: readonly Segment[], origin: number): Uint8Array {
  const end = Math.max(...segments.map(({ address, bytes }) => address + bytes.length));
  const image = new Uint8Array(end - origin).fill(0xff);
  for (const { address, bytes } of segments) image.set(bytes, address - origin);
  return image;
}
