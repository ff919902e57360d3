import { describe, expect, test } from "vitest";
import { Random } from "../host/fit/random.ts";
import type { Layer } from "../host/generated/operators.ts";
import { packImage } from "../host/image/pack.ts";
import { readImage } from "../host/image/read.ts";
import { type InputType, inferProgram } from "../host/reference/program.ts";
import { createBatchRuntime } from "../host/runtime/batch.ts";

interface Shape {
  readonly D: number;
  readonly M: number;
  readonly C: number;
}

/** A layer whose thresholds lie around [low, high], and beyond both ends. */
function layerOf(
  random: Random,
  { D, M, C }: Shape,
  [low, high]: readonly [number, number],
): Layer {
  const spread = Math.floor((high - low) / 8) + 2;
  return {
    operator: random.below(2) ? "maddness" : "maddness4",
    inputs: D,
    outputs: M,
    codebooks: C,
    splitDims: Uint16Array.from({ length: C * 4 }, () => random.below(D)),
    thresholds: Int16Array.from({ length: C * 15 }, () => {
      const odd = random.below(12);
      if (odd < 3) return [-32768, 32767, 0][odd];
      const t = low - spread + random.below(high - low + 2 * spread);
      return Math.max(-32768, Math.min(32767, t));
    }),
    tables: new Int8Array(C * 16 * M),
    bias: Int32Array.from({ length: M }, () => random.below(4001) - 2000),
    shift: Uint8Array.from({ length: M }, () => random.below(3)),
  };
}

function fill(random: Random, layer: Layer): Layer {
  const [low, count] = layer.operator === "maddness" ? [-128, 256] : [-8, 16];
  return { ...layer, tables: layer.tables.map(() => low + random.below(count)) };
}

const arrays = { u8: Uint8Array, i8: Int8Array, i16: Int16Array };
const ranges = { u8: [0, 255], i8: [-128, 127], i16: [-32768, 32767] } as const;

function programOf(random: Random, inputType: InputType, shapes: readonly Shape[]) {
  const layers = shapes.map((shape, i) =>
    fill(random, layerOf(random, shape, i === 0 ? ranges[inputType] : [-3000, 3000])),
  );
  return readImage(packImage({ inputType, layers }, { manifest: { tool: "batch" } }));
}

function inputsOf(random: Random, type: InputType, count: number) {
  const [low, high] = ranges[type];
  return arrays[type].from({ length: count }, () => low + random.below(high - low + 1));
}

describe("many rows at once", () => {
  for (const inputType of ["u8", "i8", "i16"] as const) {
    test(`equal the definition for ${inputType} and any shape, tails and threads (seed 61)`, () => {
      const random = new Random(61);
      for (let trial = 0; trial < 14; trial++) {
        const widths = Array.from({ length: 2 + random.below(3) }, () => 1 + random.below(40));
        const shapes = widths
          .slice(1)
          .map((M, i) => ({ D: widths[i], M, C: 1 + random.below(30) }));
        const image = programOf(random, inputType, shapes);
        const rows = 1 + random.below(300);
        const inputs = inputsOf(random, inputType, rows * widths[0]);
        const expected: number[] = [];
        for (let r = 0; r < rows; r++) {
          const x = inputs.subarray(r * widths[0], (r + 1) * widths[0]);
          expected.push(...inferProgram(image.program, x).at(-1)!);
        }
        const runtime = createBatchRuntime(image, { threads: 1 + (trial % 3) });
        expect(runtime.realisation).toBe("simd");
        expect([...runtime.infer(inputs)]).toEqual(expected);
        const own = new Int16Array(expected.length);
        expect(runtime.infer(inputs, own)).toBe(own);
        expect([...own]).toEqual(expected);
        runtime.close();
      }
    });
  }

  test("equal the definition over more rows than fit at once (seed 62)", () => {
    const random = new Random(62);
    const image = programOf(random, "u8", [{ D: 20, M: 9, C: 5 }]);
    const inputs = inputsOf(random, "u8", 5000 * 20);
    const runtime = createBatchRuntime(image, { threads: 2 });
    const outputs = runtime.infer(inputs);
    for (let r = 0; r < 5000; r += 7) {
      const x = inputs.subarray(r * 20, (r + 1) * 20);
      const [expected] = inferProgram(image.program, x);
      expect([...outputs.subarray(r * 9, (r + 1) * 9)]).toEqual([...expected]);
    }
    runtime.close();
  });

  test("are exact at the largest sums of 256 codebooks; with 257 the scalar kernels serve (seed 63)", () => {
    for (const C of [256, 257]) {
      const random = new Random(63);
      const whole = programOf(random, "u8", [{ D: 4, M: 3, C }]);
      for (const entry of [127, -128]) {
        const [layer] = whole.program.layers;
        const most: Layer = {
          ...layer,
          operator: "maddness",
          tables: layer.tables.map(() => entry),
          bias: layer.bias.map(() => 0),
          shift: layer.shift.map(() => 0),
        };
        const program = { ...whole.program, layers: [most] };
        const image = readImage(packImage(program, { manifest: { tool: "batch" } }));
        const runtime = createBatchRuntime(image);
        expect(runtime.realisation).toBe(C === 256 ? "simd" : "scalar");
        expect(runtime.reason === undefined).toBe(C === 256);
        const [expected] = inferProgram(program, Uint8Array.of(1, 2, 3, 4));
        expect([...runtime.infer(Uint8Array.of(1, 2, 3, 4))]).toEqual([...expected]);
      }
    }
  });

  test("refuse what is no rows, out of range, or too little room", () => {
    const image = programOf(new Random(64), "u8", [{ D: 4, M: 3, C: 2 }]);
    const runtime = createBatchRuntime(image);
    expect(() => runtime.infer(new Uint8Array(7))).toThrow(
      expect.objectContaining({ code: "E_SHAPE" }),
    );
    expect(() => runtime.infer(Int16Array.of(1, 2, 256, 4))).toThrow(
      expect.objectContaining({ code: "E_RANGE", where: "inputs[2]" }),
    );
    expect(() => runtime.infer(new Uint8Array(8), new Int16Array(5))).toThrow(
      expect.objectContaining({ code: "E_SHAPE", where: "outputs" }),
    );
    expect([...runtime.infer(new Uint8Array(0))]).toEqual([]);
    const same = [...runtime.infer(Uint8Array.of(9, 8, 7, 6))];
    expect([...runtime.infer(Int16Array.of(9, 8, 7, 6))]).toEqual(same);
  });
});
