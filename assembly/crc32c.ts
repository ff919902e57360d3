/**
 * CRC-32C register after some bytes: bit by bit, because a table would be static data.
 * @param crc register before: ffffffff at the start, to be complemented at the end
 */
export function crc32c_update(crc: u32, bytes: usize, length: usize): u32 {
  const end = bytes + length;
  for (; bytes < end; bytes++) {
    crc ^= load<u8>(bytes);
    for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (0x82f63b78 & -(crc & 1));
  }
  return crc;
}
