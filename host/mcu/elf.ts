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

/**
 * What a program takes of a chip.
 * @param data the chip's RAM
 * @returns flash: bytes stored; ram: bytes of `data` that are spoken for, the stack not counted
 */
export function elfSizes(
  elf: Uint8Array,
  data: { readonly origin: number; readonly bytes: number },
) {
  const view = new DataView(elf.buffer, elf.byteOffset, elf.byteLength);
  let [flash, ram] = [0, 0];
  for (let i = 0; i < view.getUint16(44, true); i++) {
    const p = view.getUint32(28, true) + i * view.getUint16(42, true);
    if (view.getUint32(p, true) !== PT_LOAD) continue;
    flash += view.getUint32(p + 16, true);
    const address = view.getUint32(p + 8, true);
    const end = address + view.getUint32(p + 20, true);
    if (address >= data.origin && address < data.origin + data.bytes) {
      ram = Math.max(ram, end - data.origin);
    }
  }
  return { flash, ram };
}

/** One block of bytes from `origin` on; what lies between segments is ff, as erased flash is. */
export function flatImage(segments: readonly Segment[], origin: number): Uint8Array {
  const end = Math.max(...segments.map(({ address, bytes }) => address + bytes.length));
  const image = new Uint8Array(end - origin).fill(0xff);
  for (const { address, bytes } of segments) image.set(bytes, address - origin);
  return image;
}
