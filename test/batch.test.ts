/** Batches against the definition: shapes, types and numbers of rows that vectors do not have. */
import { describe, expect, test } from "vitest";
import { Random } from "../host/fit/random.ts";
import type { Layer } from "../host/generated/operators.ts";
import { inputArray } from "../host/image/input.ts";
import { packImage } from "../host/image/pack.ts";
import { readImage } from "../host/image/read.ts";
import { type InputType, inferProgram, inputRange } from "../host/reference/program.ts";
import { createBatchRuntime } from "../host/runtime/batch.ts";

const SEED = Number(process.env.NOMUL_SEED ?? 6);

const int = (random: Random, low: number, high: number) => low + random.below(high - low + 1);
const ints = (random: Random, length: number, [low, high]: readonly [number, number]) =>
  Array.from({ length }, () => int(random, low, high));

type Kind = "plain" | "bias" | "stage";

function layer(random: Random, shape: readonly [number, number, number], kind: Kind): Layer {
  const [inputs, codebooks, outputs] = shape;
  const operator = int(random, 0, 2) === 0 ? "maddness4" : "maddness";
  // All of the entries' range, or one end of it, where sums are largest.
  const ranges =
    operator === "maddness4"
      ? [[-8, 7] as const]
      : ([
          [-128, 127],
          [120, 127],
        ] as const);
  const most = kind === "plain" ? 0 : kind === "bias" ? 200 : 40_000;
  return {
    operator,
    inputs,
    codebooks,
    outputs,
    splitDims: Uint16Array.from(ints(random, codebooks * 4, [0, inputs - 1])),
    thresholds: Int16Array.from(ints(random, codebooks * 15, [-300, 300])),
    tables: Int8Array.from(
      ints(random, codebooks * 16 * outputs, ranges[int(random, 0, ranges.length - 1)]),
    ),
    bias: Int32Array.from(ints(random, outputs, [-most, most])),
    shift: Uint8Array.from(ints(random, outputs, [0, kind === "stage" ? 9 : 0])),
  };
}

function check(random: Random, inputType: InputType, layers: Layer[], count: number): void {
  const program = { inputType, layers };
  const image = readImage(packImage(program, { manifest: { tool: "batch" } }));
  const D = layers[0].inputs;
  const rows = ints(random, count * D, inputRange[inputType]);
  const runtime = createBatchRuntime(image);
  expect(runtime.realisation).toBe("simd");
  const outputs = runtime.infer(inputArray(inputType, rows));
  const expected = Array.from({ length: count }, (_, n) => [
    ...inferProgram(program, rows.slice(n * D, (n + 1) * D)).at(-1)!,
  ]).flat();
  expect([...outputs]).toEqual(expected);
}

describe(`batches, seed ${SEED}`, () => {
  const shapes = [
    [1, 1, 1],
    [3, 15, 8],
    [40, 16, 16],
    [40, 17, 17],
    [33, 31, 31],
    [64, 32, 32],
    [70, 33, 100],
    [9, 5, 129],
    [20, 256, 33],
    [20, 257, 9],
    [20, 600, 24],
  ] as const;
  test.each(shapes)("should give the definition's bits for D %i, C %i, M %i", (D, C, M) => {
    const random = new Random(SEED + D * 1000 + C);
    for (const inputType of ["u8", "i8", "i16"] as const) {
      for (const kind of ["plain", "bias", "stage"] as const) {
        check(random, inputType, [layer(random, [D, C, M], kind)], 17);
      }
    }
  });

  test.each([0, 1, 15, 16, 17, 255, 256, 257, 512, 531])("should take %i rows", (count) => {
    const random = new Random(SEED + count);
    check(random, "u8", [layer(random, [24, 6, 20], "plain")], count);
  });

  test.each([
    [127, 255, 32767],
    [127, 256, 32767],
    [-128, 0, -32768],
    [-128, -1, -32768],
  ])("should saturate 256 entries of %i and a bias of %i", (entry, bias, output) => {
    const random = new Random(SEED);
    const one = {
      ...layer(random, [4, 256, 3], "plain"),
      operator: "maddness" as const,
      tables: new Int8Array(256 * 16 * 3).fill(entry),
      bias: new Int32Array(3).fill(bias),
    };
    const program = { inputType: "u8" as const, layers: [one] };
    const image = readImage(packImage(program, { manifest: { tool: "batch" } }));
    const outputs = createBatchRuntime(image).infer(new Uint8Array(8));
    expect([...outputs]).toEqual(Array(6).fill(output));
    check(random, "u8", [one], 20);
  });

  test("should run networks of several steps", () => {
    const random = new Random(SEED);
    for (let trial = 0; trial < 12; trial++) {
      const widths = ints(random, int(random, 2, 5) + 1, [1, 70]);
      const kinds = ["plain", "bias", "stage"] as const;
      const layers = widths
        .slice(1)
        .map((M, i) => layer(random, [widths[i], int(random, 1, 40), M], kinds[int(random, 0, 2)]));
      check(random, (["u8", "i8", "i16"] as const)[trial % 3], layers, 40);
    }
  });

  test("should give the same bits however often it is asked", () => {
    const random = new Random(SEED);
    const program = { inputType: "u8" as const, layers: [layer(random, [24, 20, 40], "plain")] };
    const image = readImage(packImage(program, { manifest: { tool: "batch" } }));
    const runtime = createBatchRuntime(image);
    const rows = inputArray("u8", ints(random, 24 * 300, [0, 255]));
    const out = new Int16Array(300 * 40);
    const first = runtime.infer(rows).slice();
    runtime.infer(inputArray("u8", ints(random, 24 * 777, [0, 255])));
    expect(runtime.infer(rows, out)).toBe(out);
    expect(out).toEqual(first);
  });

  test("should run rows that lie in its memory, and leave the others' outputs", () => {
    const random = new Random(SEED);
    const program = { inputType: "i8" as const, layers: [layer(random, [30, 20, 21], "plain")] };
    const image = readImage(packImage(program, { manifest: { tool: "batch" } }));
    const runtime = createBatchRuntime(image, { capacity: 700 });
    const rows = inputArray("i8", ints(random, 30 * 600, [-128, 127]));
    runtime.rows.set(rows);
    runtime.run(600);
    const first = runtime.outputs.slice(0, 600 * 21);
    expect(first).toEqual(createBatchRuntime(image).infer(rows));
    runtime.rows.set(rows.subarray(0, 300), 0); // ten rows, moved
    runtime.rows.set(rows.subarray(0, 300), 10 * 30);
    runtime.run(20);
    expect(runtime.outputs.slice(10 * 21, 20 * 21)).toEqual(first.slice(0, 10 * 21));
    expect(runtime.outputs.slice(21 * 21, 600 * 21)).toEqual(first.slice(21 * 21));
    expect(() => runtime.run(701)).toThrow(/room for 0..700/);
  });

  test("should refuse rows of another type or width, and room of another size", () => {
    const random = new Random(SEED);
    const program = { inputType: "u8" as const, layers: [layer(random, [24, 2, 3], "plain")] };
    const runtime = createBatchRuntime(
      readImage(packImage(program, { manifest: { tool: "batch" } })),
    );
    expect(() => runtime.infer(new Uint8Array(25))).toThrow(/no u8 rows of 24/);
    expect(() => runtime.infer(new Int8Array(24))).toThrow(/no u8 rows of 24/);
    expect(() => runtime.infer(new Uint8Array(24), new Int16Array(4))).toThrow(/room for 4/);
  });
});
