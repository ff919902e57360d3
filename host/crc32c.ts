const table = new Uint32Array(256);
for (let n = 0; n < 256; n++) {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0x82f63b78 : c >>> 1;
  table[n] = c >>> 0;
}

/**
 * CRC-32C (Castagnoli, reflected, init and final xor ffffffff; RFC 3720 §12.1).
 * @param crc result for the bytes before, to continue over pieces
 * @returns u32; the CRC of "123456789" is e3069283
 */
export function crc32c(bytes: Uint8Array, crc = 0): number {
  let c = ~crc;
  for (let i = 0; i < bytes.length; i++) c = table[(c ^ bytes[i]) & 255] ^ (c >>> 8);
  return ~c >>> 0;
}
