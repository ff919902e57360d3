/**
 * Consistent Overhead Byte Stuffing (Cheshire & Baker 1999): removes every 00, at most one byte more
 * in 254.
 * @returns the encoding, without delimiters
 */
export function cobsEncode(data: Uint8Array): Uint8Array {
  const out = new Uint8Array(data.length + Math.floor(data.length / 254) + 1);
  let codeAt = 0;
  let write = 1;
  for (const byte of data) {
    if (byte !== 0) out[write++] = byte;
    const full = byte !== 0 && write - codeAt === 255;
    if (byte === 0 || full) {
      out[codeAt] = write - codeAt;
      codeAt = write++;
    }
  }
  out[codeAt] = write - codeAt;
  return out.slice(0, write);
}

/**
 * The inverse of `cobsEncode`.
 * @param code bytes between two delimiters, none of them 00
 * @returns undefined when the code breaks off within a block
 */
export function cobsDecode(code: Uint8Array): Uint8Array | undefined {
  const out = new Uint8Array(code.length);
  let write = 0;
  for (let read = 0; read < code.length; ) {
    const block = code[read];
    const end = read + block;
    if (block === 0 || end > code.length) return undefined;
    out.set(code.subarray(read + 1, end), write);
    write += block - 1;
    // A block of 255 stands for 254 bytes without a 00 after them; the last block has none either.
    if (block < 255 && end < code.length) out[write++] = 0;
    read = end;
  }
  return out.slice(0, write);
}
