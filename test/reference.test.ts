import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { MaddnessLayer } from "../host/reference/maddness.ts";
import { maddnessInfer } from "../host/reference/maddness.ts";
import { requantise } from "../host/reference/output-stage.ts";
import { selftestInputs, xorshift32 } from "../host/reference/selftest.ts";
import { inferIndependently } from "./independent.ts";
import { toInputs, toProgram, type VectorFile } from "./vectors/format.ts";
import vectors from "./vectors/maddness.json" with { type: "json" };

const ints = (length: number, min: number, max: number) =>
  fc.array(fc.integer({ min, max }), { minLength: length, maxLength: length });

const layers: fc.Arbitrary<MaddnessLayer> = fc
  .record({
    D: fc.integer({ min: 1, max: 6 }),
    C: fc.integer({ min: 1, max: 4 }),
    M: fc.integer({ min: 1, max: 5 }),
  })
  .chain(({ D, C, M }) =>
    fc
      .record({
        splitDims: ints(C * 4, 0, D - 1),
        thresholds: ints(C * 15, -40, 40),
        tables: ints(C * 16 * M, -128, 127),
        bias: ints(M, -40000, 40000),
        shift: ints(M, 0, 31),
      })
      .map((l) => ({
        operator: "maddness" as const,
        inputs: D,
        outputs: M,
        codebooks: C,
        splitDims: Uint16Array.from(l.splitDims),
        thresholds: Int16Array.from(l.thresholds),
        tables: Int8Array.from(l.tables),
        bias: Int32Array.from(l.bias),
        shift: Uint8Array.from(l.shift),
      })),
  );

// fast-check prints the seed and the smallest counter-example of a property that fails.
describe("the definition of MADDNESS", () => {
  test("should equal a second formulation on drawn layers", () => {
    fc.assert(
      fc.property(
        layers.chain((layer) => fc.tuple(fc.constant(layer), ints(layer.inputs, -40, 40))),
        ([layer, x]) => {
          expect([...maddnessInfer(layer, Int16Array.from(x))]).toEqual(
            inferIndependently(layer, x),
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  const file = vectors as unknown as VectorFile;
  test.each(file.vectors)("should equal a second formulation on vector $id", (vector) => {
    const program = toProgram(file.operator, vector);
    const outputs = toInputs(vector).map((input) =>
      program.layers.reduce<ArrayLike<number>>((x, layer) => inferIndependently(layer, x), input),
    );
    expect(vector.outputs).toEqual(outputs);
  });
});

describe("the output stage", () => {
  test("should round half up, also below zero", () => {
    expect([3, 2, 1, -1, -2, -3].map((acc) => requantise(acc, 0, 1))).toEqual([2, 1, 1, 0, -1, -1]);
  });

  test("should saturate after the bias, not before", () => {
    expect(requantise(40000, -40000, 0)).toBe(0);
    expect(requantise(40000, 0, 0)).toBe(32767);
    expect(requantise(-40000, 0, 0)).toBe(-32768);
  });
});

describe("the self-test's inputs", () => {
  test("should follow Marsaglia's xorshift32 from seed 1", () => {
    // First outputs of xorshift32 (13, 17, 5) from state 1, as published with the generator.
    const states = [1, 2, 3].reduce<number[]>(
      (list) => [...list, xorshift32(list.at(-1) ?? 1)],
      [],
    );
    expect(states).toEqual([270369, 67634689, 2647435461]);
  });

  test("should run on from one inference to the next", () => {
    const program = toProgram("maddness", (vectors as unknown as VectorFile).vectors[1]);
    const inputs = selftestInputs(program, 1);
    const bytes = [...inputs.next().value, ...inputs.next().value];
    let state = 1;
    const expected = bytes.map(() => {
      state = xorshift32(state);
      return state & 0xff;
    });
    expect(bytes).toEqual(expected);
  });
});
