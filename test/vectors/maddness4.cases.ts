import type { Case, CaseLayer } from "./format.ts";
import { draw, fill, layer as layer8, rows } from "./maddness.cases.ts";

/** A layer of drawn numbers with entries of 4 bits. */
const layer = (
  seed: number,
  shape: readonly [number, number, number],
  rest: Partial<CaseLayer> = {},
): CaseLayer => layer8(seed, shape, { tables: draw(seed + 2, -8, 7), ...rest });

/** Entries by output: every value in the lower and the upper half of a byte. */
const everyEntry = Array.from({ length: 16 * 32 }, (_, i) => (((i % 32) >> 1) + (i >> 5)) % 16);

export const maddness4Cases: readonly Case[] = [
  {
    id: "every-entry",
    comment: "-8..7 in both halves of a byte, for every leaf",
    flags: ["EveryLeaf"],
    inputType: "u8",
    layers: [
      layer(41, [4, 1, 32], {
        splitDims: [0, 1, 2, 3],
        thresholds: fill(15, 1),
        tables: everyEntry.map((entry) => entry - 8),
      }),
    ],
    inputs: Array.from({ length: 16 }, (_, k) => [(k >> 3) & 1, (k >> 2) & 1, (k >> 1) & 1, k & 1]),
  },
  ...[1, 8, 9, 15, 16, 17, 24, 31, 33, 40, 64, 72, 100, 128].map(
    (M): Case => ({
      id: `outputs-${M}`,
      comment: `M = ${M}: ${Math.ceil(M / 16)} table words a row, ${Math.ceil(M / 8)} groups`,
      flags: M % 8 === 0 ? [] : ["PaddedOutputs"],
      inputType: "u8",
      layers: [layer(4000 + 10 * M, [20, 7, M])],
      inputs: rows(5000 + 10 * M, 4, 0, 255),
    }),
  ),
  {
    id: "outputs-250",
    comment: "M = 250: 16 table words a row",
    flags: ["PaddedOutputs"],
    inputType: "u8",
    layers: [layer(42, [20, 5, 250])],
    inputs: rows(4200, 3, 0, 255),
  },
  {
    id: "bounds",
    comment: "all entries -8, or all 7: the largest sums of 100 codebooks",
    flags: ["ManyCodebooks", "ExtremeActivation"],
    inputType: "i16",
    layers: [
      layer(43, [1, 100, 2], {
        splitDims: fill(400, 0),
        thresholds: fill(1500, 7),
        tables: Array.from({ length: 100 * 32 }, (_, i) => (i % 2 === 0 ? -8 : 7)),
      }),
    ],
    inputs: [[-32768], [7], [32767]],
  },
  {
    id: "requantise-random",
    comment: "drawn biases and shifts: records follow rows of an odd number of groups",
    flags: ["PaddedOutputs", "Saturation"],
    inputType: "i16",
    layers: [
      layer(44, [30, 20, 41], {
        thresholds: draw(440, -32768, 32767),
        bias: draw(441, -70000, 70000),
        shift: draw(442, 0, 7),
      }),
    ],
    inputs: rows(4400, 8, -32768, 32767),
  },
  {
    id: "chain-mixed",
    comment:
      "entries of 4, 8 and 4 bits in one program: sums of one step do not leak into the next",
    flags: ["Chain", "PaddedOutputs"],
    inputType: "u8",
    layers: [
      layer(45, [50, 10, 56]),
      { ...layer8(46, [56, 6, 37], { thresholds: draw(460, -40, 40) }), operator: "maddness" },
      layer(47, [37, 9, 13], { thresholds: draw(470, -300, 300), shift: draw(471, 0, 2) }),
    ],
    inputs: rows(4500, 8, 0, 255),
  },
];
