/** [offset, offset + length) lies in [0, limit); neither sum nor difference can wrap. */
export function within(offset: u32, length: u32, limit: u32): bool {
  return offset <= limit && length <= limit - offset;
}
