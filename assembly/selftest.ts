// Inferences on inputs made by xorshift32, summed up in one CRC-32C (docs/link.md, SELFTEST).
import { crc32c_update } from "./crc32c";
import {
  INPUT_I16,
  INPUT_U8,
  PROGRAM_HEADER_INPUT_ELEMENTS_AT,
  PROGRAM_HEADER_INPUT_OFFSET_AT,
  PROGRAM_HEADER_INPUT_TYPE_AT,
  STATUS_OK,
} from "./generated/spec";
import { program_output_elements, program_outputs, program_run } from "./program";

/** Marsaglia 2003, triple (13, 17, 5): full period over all states but 0. */
function xorshift32(state: u32): u32 {
  state ^= state << 13;
  state ^= state >>> 17;
  return state ^ (state << 5);
}

/**
 * One inference on inputs made from a seed.
 * @param seed xorshift32 state, not 0
 * @returns the state after it, from which the next inference's inputs come; 0 if the program can't run
 */
export function selftest_next(device: usize, arena: usize, accumulators: usize, seed: u32): u32 {
  const type = <i32>load<u16>(device, PROGRAM_HEADER_INPUT_TYPE_AT);
  let x = arena + ((<usize>load<u16>(device, PROGRAM_HEADER_INPUT_OFFSET_AT)) << 1);
  const end = x + ((<usize>load<u16>(device, PROGRAM_HEADER_INPUT_ELEMENTS_AT)) << 1);
  for (; x < end; x += 2) {
    seed = xorshift32(seed);
    const value =
      type === INPUT_I16 ? <i16>seed : type === INPUT_U8 ? <i16>(<u8>seed) : <i16>(<i8>seed);
    store<i16>(x, value);
  }
  return program_run(device, arena, accumulators, 0) === STATUS_OK ? seed : 0;
}

/**
 * @param seed xorshift32 state, not 0; it runs on through all inferences
 * @param count number of inferences, >= 1
 * @returns CRC-32C over the outputs of all inferences, i16 little-endian; 0 if the program can't run
 */
export function selftest_run(
  device: usize,
  arena: usize,
  accumulators: usize,
  seed: u32,
  count: u32,
): u32 {
  const outputs = program_outputs(device, arena);
  const outputBytes = (<usize>program_output_elements(device)) << 1;
  let crc: u32 = 0xffffffff;
  for (; count; count--) {
    seed = selftest_next(device, arena, accumulators, seed);
    if (!seed) return 0;
    crc = crc32c_update(crc, outputs, outputBytes);
  }
  return ~crc;
}
