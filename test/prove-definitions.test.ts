/** What firmware-bridge/formal states in Verilog is what host/ defines in TypeScript. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { crc32c } from "../host/crc32c.ts";
import { Random } from "../host/fit/random.ts";
import { cobsDecode, cobsEncode } from "../host/link/cobs.ts";
import { packageRoot } from "../host/package-root.ts";
import { maddnessAccumulate, maddnessEncode } from "../host/reference/maddness.ts";
import { requantise } from "../host/reference/output-stage.ts";
import { decodeChain, encodeChain } from "./prove/cobs-chains.ts";
import { evaluate } from "./prove/evaluate.ts";

const SEED = Number(process.env.NOMUL_SEED ?? 20261123);
const VECTORS = 200;
const LIMIT_MS = 60_000;

const definition = (name: string) => {
  const file = `${name}_definition.v`;
  return { [file]: readFileSync(join(packageRoot, "firmware-bridge", "formal", file), "utf8") };
};

const signed = (value: bigint, bits: number) => Number(BigInt.asIntN(bits, value));
const unsigned = (value: number, bits: number) => BigInt.asUintN(bits, BigInt(value));
/** Element 0 in the lowest bits. */
const packed = (values: ArrayLike<number>, bits: number) =>
  Array.from(values).reduceRight((sum, value) => (sum << BigInt(bits)) | unsigned(value, bits), 0n);
const unpacked = (value: bigint, bits: number, count: number) =>
  Array.from({ length: count }, (_, i) => Number(BigInt.asUintN(bits, value >> BigInt(bits * i))));
const repeat = <T>(count: number, make: (i: number) => T) =>
  Array.from({ length: count }, (_, i) => make(i));

describe(`the definitions in Verilog (seed ${SEED})`, () => {
  const random = new Random(SEED);
  const i16 = () => random.below(0x10000) - 0x8000;

  test(
    "should encode as host/reference/maddness.ts",
    async () => {
      const cases = repeat(VECTORS, (i) => {
        // Half of them from few values, so that equality is common.
        const draw = i % 2 ? i16 : () => random.below(3) - 1;
        return { x: Int16Array.from(repeat(4, draw)), v: Int16Array.from(repeat(15, draw)) };
      });
      const results = await evaluate(
        definition("encoder"),
        "encoder_definition",
        { thresholds_i: 240, activations_i: 64 },
        ["code_o"],
        cases.map(({ x, v }) => ({ thresholds_i: packed(v, 16), activations_i: packed(x, 16) })),
      );
      const layer = { operator: "maddness", inputs: 4, outputs: 1, codebooks: 1 } as const;
      const rest = { bias: new Int32Array(1), shift: new Uint8Array(1), tables: new Int8Array(16) };
      expect(results.map(({ code_o }) => Number(code_o))).toEqual(
        cases.map(({ x, v }) => {
          const splitDims = Uint16Array.of(0, 1, 2, 3);
          return maddnessEncode({ ...layer, ...rest, splitDims, thresholds: v }, x)[0];
        }),
      );
    },
    LIMIT_MS,
  );

  test(
    "should accumulate as host/reference/maddness.ts, modulo 2^16",
    async () => {
      const cases = repeat(VECTORS, () => ({
        acc: repeat(8, i16),
        entries: Int8Array.from(repeat(8, () => random.below(256) - 128)),
      }));
      const results = await evaluate(
        definition("accumulate"),
        "accumulate_definition",
        { acc_i: 128, entries_i: 64 },
        ["acc_o"],
        cases.map(({ acc, entries }) => ({
          acc_i: packed(acc, 16),
          entries_i: packed(entries, 8),
        })),
      );
      const rest = {
        operator: "maddness",
        inputs: 1,
        outputs: 8,
        codebooks: 1,
        splitDims: new Uint16Array(4),
        thresholds: new Int16Array(15).fill(1),
        bias: new Int32Array(8),
        shift: new Uint8Array(8),
      } as const;
      expect(results.map(({ acc_o }) => unpacked(acc_o, 16, 8))).toEqual(
        cases.map(({ acc, entries }) => {
          // Code 0: the first row of the table is what is added.
          const tables = Int8Array.from([...entries, ...new Int8Array(15 * 8)]);
          const row = maddnessAccumulate({ ...rest, tables }, Int16Array.of(0));
          return acc.map((sum, m) => (sum + row[m]) & 0xffff);
        }),
      );
    },
    LIMIT_MS,
  );

  test(
    "should requantise as host/reference/output-stage.ts",
    async () => {
      const cases = repeat(VECTORS, (i) => {
        const shift = random.below(32);
        // Half of them near the result's range; all where the sum fits in i32, as packing proves.
        const span = i % 2 ? 2 ** 30 : Math.min(2 ** 30, 2 ** (shift + 17));
        return { acc: i16(), bias: Math.floor(random.below(span) - span / 2), shift };
      });
      const results = await evaluate(
        definition("output_stage"),
        "output_stage_definition",
        { acc_i: 16, bias_i: 32, shift_i: 5 },
        ["y_o"],
        cases.map(({ acc, bias, shift }) => ({
          acc_i: unsigned(acc, 16),
          bias_i: unsigned(bias, 32),
          shift_i: BigInt(shift),
        })),
      );
      const outputs = cases.map(({ acc, bias, shift }) => requantise(acc, bias, shift));
      expect(results.map(({ y_o }) => signed(y_o, 16))).toEqual(outputs);
      // Both ends and what lies between were drawn.
      expect(new Set(outputs).size).toBeGreaterThan(VECTORS / 4);
      expect(outputs).toContain(32767);
      expect(outputs).toContain(-32768);
    },
    LIMIT_MS,
  );

  test(
    "should divide as host/crc32c.ts",
    async () => {
      const cases = repeat(VECTORS, () => ({
        crc: random.below(2 ** 31),
        byte: random.below(256),
      }));
      const results = await evaluate(
        definition("crc32c"),
        "crc32c_definition",
        { state_i: 32, byte_i: 8 },
        ["next_o"],
        cases.map(({ crc, byte }) => ({ state_i: unsigned(~crc, 32), byte_i: BigInt(byte) })),
      );
      expect(results.map(({ next_o }) => ~Number(next_o) >>> 0)).toEqual(
        cases.map(({ crc, byte }) => crc32c(Uint8Array.of(byte), crc)),
      );
    },
    LIMIT_MS,
  );

  /** Zeros are rare in some, so that blocks get full. */
  const frame = (bytes: number, zeros: number) =>
    Uint8Array.from(repeat(bytes, () => (random.below(100) < zeros ? 0 : 1 + random.below(255))));

  test(
    "should stuff as host/link/cobs.ts, but for a frame that ends with a full block",
    async () => {
      for (const bytes of [1, 7, 253, 254, 255, 300]) {
        const frames = [0, 1, 30, 100].map((zeros) => frame(bytes, zeros));
        const results = await evaluate(
          { ...definition("cobs_encode"), "chain.v": encodeChain(bytes) },
          "cobs_encode_chain",
          { bytes_i: 8 * bytes },
          ["data_o", "close_o", "code_o", "place_o", "code_at_o", "last_code_o"],
          frames.map((data) => ({ bytes_i: packed(data, 8) })),
        );
        for (const [i, data] of frames.entries()) {
          const r = results[i];
          const places = unpacked(r.place_o, 9, bytes + 1);
          const codesAt = unpacked(r.code_at_o, 9, bytes + 1);
          const codes = unpacked(r.code_o, 8, bytes);
          const line = new Uint8Array(places[bytes]);
          for (const [n, byte] of data.entries()) {
            if ((r.data_o >> BigInt(n)) & 1n) line[places[n]] = byte;
            if ((r.close_o >> BigInt(n)) & 1n) line[codesAt[n]] = codes[n];
          }
          line[codesAt[bytes]] = Number(r.last_code_o);
          const encoded = cobsEncode(data);
          // The host has an empty block there, which the gateware leaves out; both decode alike.
          const full = line[codesAt[bytes]] === 255;
          expect([...line, ...(full ? [1] : [])]).toEqual([...encoded]);
          expect(cobsDecode(line)).toEqual(data);
        }
      }
    },
    LIMIT_MS,
  );

  test(
    "should unstuff as host/link/cobs.ts",
    async () => {
      for (const bytes of [2, 8, 255, 256, 300]) {
        // Frames that are whole, and nonsense, which mostly is not.
        const codes = [0, 1, 30].map((zeros) => cobsEncode(frame(bytes, zeros)));
        const all = [...codes.map((c) => c.slice(0, bytes)), ...repeat(3, () => frame(bytes, 0))];
        const whole = codes.find((code) => code.length === bytes + 1);
        for (const code of [...all, ...(whole ? [whole] : [])]) {
          const length = code.length + 1;
          const [r] = await evaluate(
            { ...definition("cobs_decode"), "chain.v": decodeChain(length) },
            "cobs_decode_chain",
            { bytes_i: 8 * length },
            ["valid_o", "whole_o", "byte_o"],
            [{ bytes_i: packed([...code, 0], 8) }],
          );
          const given = unpacked(r.byte_o, 8, code.length);
          const decoded = given.filter((_, n) => (r.valid_o >> BigInt(n)) & 1n);
          const isWhole = ((r.whole_o >> BigInt(code.length)) & 1n) === 1n;
          expect(isWhole ? decoded : undefined).toEqual(cobsDecode(code) && [...cobsDecode(code)!]);
        }
      }
    },
    2 * LIMIT_MS,
  );
});
