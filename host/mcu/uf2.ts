/*
 * UF2, the format of files that people drop onto a board's USB drive (github.com/microsoft/uf2): blocks
 * of 512 bytes, each with an address of its own, so that blocks may come in any order and the board can
 * ignore what is not meant for it.
 */

const BLOCK_BYTES = 512;
/** What every block carries; a page of the flash chip. */
const PAYLOAD_BYTES = 256;
const HEADER_BYTES = 32;
const MAGIC_START = 0x0a324655; // "UF2\n"
const MAGIC_SECOND = 0x9e5d5157;
const MAGIC_END = 0x0ab16f30;
const FLAG_FAMILY = 0x2000;

/** Family of the RP2040, in the list of families beside the format. */
export const RP2040_FAMILY = 0xe48bff56;

/**
 * Bytes as a UF2 file.
 * @param address of the first byte, a multiple of 256; the last block is filled up with ff
 * @param family which chips take the file
 */
export function uf2(bytes: Uint8Array, address: number, family: number): Uint8Array {
  const blocks = Math.ceil(bytes.length / PAYLOAD_BYTES);
  const file = new Uint8Array(blocks * BLOCK_BYTES);
  const view = new DataView(file.buffer);
  for (let i = 0; i < blocks; i++) {
    const at = i * BLOCK_BYTES;
    const header = [
      MAGIC_START,
      MAGIC_SECOND,
      FLAG_FAMILY,
      address + i * PAYLOAD_BYTES,
      PAYLOAD_BYTES,
      i,
      blocks,
      family,
    ];
    header.forEach((word, n) => {
      view.setUint32(at + 4 * n, word, true);
    });
    const payload = file.subarray(at + HEADER_BYTES, at + HEADER_BYTES + PAYLOAD_BYTES).fill(0xff);
    payload.set(bytes.subarray(i * PAYLOAD_BYTES, (i + 1) * PAYLOAD_BYTES));
    view.setUint32(at + BLOCK_BYTES - 4, MAGIC_END, true);
  }
  return file;
}
