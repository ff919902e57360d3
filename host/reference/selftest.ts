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
 * The inputs of SELFTEST: one step of the generator per input element, its state running on.
 * @param seed 1..2^32-1
 * @yields [D] within the input type's range
 */
export function* selftestInputs(program: Program, seed: number): Generator<Int16Array, never> {
  let state = seed;
  for (;;) {
    const x = new Int16Array(program.layers[0].inputs);
    for (let d = 0; d < x.length; d++) {
      state = xorshift32(state);
      x[d] = narrow[program.inputType](state);
    }
    yield x;
  }
}

/**
 * The definition of SELFTEST: CRC-32C over the outputs of `count` inferences, i16 little-endian.
 * @param seed 1..2^32-1
 */
export function selftest(program: Program, seed: number, count: number): number {
  const inputs = selftestInputs(program, seed);
  let crc = 0;
  for (let n = 0; n < count; n++) {
    const outputs = inferProgram(program, inputs.next().value).at(-1) as Int16Array;
    const bytes = new DataView(new ArrayBuffer(outputs.length * 2));
    outputs.forEach((y, m) => {
      bytes.setInt16(m * 2, y, true);
    });
    crc = crc32c(new Uint8Array(bytes.buffer), crc);
  }
  return crc;
}
