import { crc32c } from "../crc32c.ts";
import { type InputType, inferProgram, type Program } from "./program.ts";

/** Marsaglia 2003, triple (13, 17, 5). @param state u32, not 0 */
export function xorshift32(state: number): number {
  let s = state;
  s ^= s << 13;
  s ^= s >>> 17;
  s ^= s << 5;
  return s >>> 0;
}

const narrow: Readonly<Record<InputType, (state: number) => number>> = {
  u8: (s) => s & 0xff,
  i8: (s) => (s << 24) >> 24,
  i16: (s) => (s << 16) >> 16,
};

/**
 * The definition of SELFTEST: `count` inferences on xorshift32 inputs, one step of the generator per
 * input element, its state running on; CRC-32C over all outputs as i16 little-endian.
 * @param seed 1..2^32-1
 */
export function selftest(program: Program, seed: number, count: number): number {
  let state = seed;
  let crc = 0;
  const inputs = program.layers[0].inputs;
  for (let n = 0; n < count; n++) {
    const x = new Int16Array(inputs);
    for (let d = 0; d < inputs; d++) {
      state = xorshift32(state);
      x[d] = narrow[program.inputType](state);
    }
    const outputs = inferProgram(program, x).at(-1) as Int16Array;
    const bytes = new DataView(new ArrayBuffer(outputs.length * 2));
    outputs.forEach((y, m) => {
      bytes.setInt16(m * 2, y, true);
    });
    crc = crc32c(new Uint8Array(bytes.buffer), crc);
  }
  return crc;
}
