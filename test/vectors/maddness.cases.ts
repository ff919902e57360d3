import type { Case, CaseLayer, Numbers } from "./format.ts";

export const fill = (length: number, value: number) => Array.from({ length }, () => value);
export const draw = (seed: number, min: number, max: number): Numbers => ({ seed, min, max });

/** A layer of drawn numbers; `rest` overrides what the case is about. */
export function layer(
  seed: number,
  [D, C, M]: readonly [number, number, number],
  rest: Partial<CaseLayer> = {},
): CaseLayer {
  return {
    inputs: D,
    outputs: M,
    codebooks: C,
    splitDims: draw(seed, 0, D - 1),
    thresholds: draw(seed + 1, 0, 255),
    tables: draw(seed + 2, -128, 127),
    bias: fill(M, 0),
    shift: fill(M, 0),
    ...rest,
  };
}

export const rows = (seed: number, count: number, min: number, max: number) =>
  Array.from({ length: count }, (_, i) => draw(seed + i, min, max));

/** Row k of every codebook holds k for output 0: the sum shows the code. */
export const leafNumbers = Array.from({ length: 16 }, (_, k) => k);

export const maddnessCases: readonly Case[] = [
  {
    id: "threshold-exact",
    comment: "x below, at and above a threshold: only `x < v` goes left",
    flags: ["ThresholdExact", "OneGroup"],
    inputType: "i16",
    layers: [
      layer(1, [1, 1, 1], {
        splitDims: [0, 0, 0, 0],
        thresholds: fill(15, 100),
        tables: leafNumbers,
      }),
    ],
    inputs: [[99], [100], [101], [-100]],
  },
  {
    id: "every-leaf",
    comment: "four inputs of 0 or 1 spell the code: the first level is the most significant bit",
    flags: ["EveryLeaf", "ThresholdExact"],
    inputType: "u8",
    layers: [
      layer(2, [4, 1, 1], {
        splitDims: [0, 1, 2, 3],
        thresholds: fill(15, 1),
        tables: leafNumbers,
      }),
    ],
    inputs: leafNumbers.map((k) => [(k >> 3) & 1, (k >> 2) & 1, (k >> 1) & 1, k & 1]),
  },
  {
    id: "every-threshold",
    comment: "15 different thresholds on one input: each x finds its own leaf through its own path",
    flags: ["EveryLeaf", "ThresholdExact"],
    inputType: "i8",
    layers: [
      layer(3, [1, 1, 1], {
        splitDims: [0, 0, 0, 0],
        thresholds: [0, -64, 64, -96, -32, 32, 96, -112, -80, -48, -16, 16, 48, 80, 112],
        tables: leafNumbers,
      }),
    ],
    inputs: [
      -128, -113, -112, -97, -96, -81, -80, -65, -64, -49, -48, -33, -32, -17, -16, -1, 0, 15, 16,
      31, 32, 47, 48, 63, 64, 79, 80, 95, 96, 111, 112, 127,
    ].map((x) => [x]),
  },
  {
    id: "extreme-activations",
    comment: "thresholds -32768 (always reached) and 32767 (only by 32767) against extreme inputs",
    flags: ["ExtremeActivation", "ThresholdExact"],
    inputType: "i16",
    layers: [
      layer(4, [2, 2, 8], {
        splitDims: [0, 1, 0, 1, 1, 0, 1, 0],
        thresholds: Array.from({ length: 30 }, (_, i) => [-32768, 32767, -32767, 0][i % 4]),
      }),
    ],
    inputs: [
      [-32768, -32768],
      [-32768, 32767],
      [32767, -32768],
      [32767, 32767],
      [-32767, 32766],
      [0, -1],
    ],
  },
  {
    id: "one-group",
    comment: "M = 8: the same accumulators are added to at the pace of the encoder",
    flags: ["OneGroup"],
    inputType: "u8",
    layers: [layer(5, [16, 24, 8])],
    inputs: rows(500, 8, 0, 255),
  },
  {
    id: "outputs-1",
    comment: "M = 1: seven padded outputs",
    flags: ["PaddedOutputs", "OneGroup"],
    inputType: "u8",
    layers: [layer(6, [9, 5, 1])],
    inputs: rows(600, 8, 0, 255),
  },
  {
    id: "outputs-10",
    comment: "M = 10: two groups, six padded outputs, as a digit classifier has",
    flags: ["PaddedOutputs"],
    inputType: "u8",
    layers: [layer(7, [64, 32, 10], { bias: draw(70, -9000, 9000) })],
    inputs: rows(700, 8, 0, 255),
  },
  {
    id: "outputs-72",
    comment: "M = 72: nine groups, the accumulation hides the encoder",
    flags: [],
    inputType: "i8",
    layers: [layer(8, [40, 12, 72], { thresholds: draw(80, -128, 127) })],
    inputs: rows(800, 8, -128, 127),
  },
  {
    id: "outputs-250",
    comment: "M = 250: 32 groups",
    flags: ["PaddedOutputs"],
    inputType: "u8",
    layers: [layer(9, [20, 5, 250])],
    inputs: rows(900, 4, 0, 255),
  },
  {
    id: "saturation",
    comment: "acc + bias beyond i16 on both sides, and just inside",
    flags: ["Saturation"],
    inputType: "u8",
    layers: [
      layer(10, [1, 1, 6], {
        splitDims: fill(4, 0),
        thresholds: fill(15, 128),
        tables: Array.from({ length: 96 }, (_, i) => (i < 48 ? 127 : -128)),
        bias: [32640, 32641, -32640, -32641, 2147483520, -2147483520],
      }),
    ],
    inputs: [[0], [255]],
  },
  {
    id: "round-ties",
    comment: "acc / 2^shift exactly halfway: half goes up, also below zero",
    flags: ["RoundTie"],
    inputType: "u8",
    layers: [
      layer(11, [1, 1, 12], {
        splitDims: fill(4, 0),
        thresholds: fill(15, 1),
        tables: Array.from(
          { length: 192 },
          (_, i) => (i < 96 ? [1, 3, -1, -3, 2, 6] : [4, 12, -4, -12, -2, -6])[i % 6],
        ),
        bias: fill(12, 0),
        shift: [1, 1, 1, 1, 2, 2, 3, 3, 3, 3, 2, 2],
      }),
    ],
    inputs: [[0], [1]],
  },
  {
    id: "extreme-shift",
    comment: "every shift 0..31 with biases near the 32-bit bounds",
    flags: ["ExtremeShift", "Saturation"],
    inputType: "u8",
    layers: [
      layer(12, [6, 4, 64], {
        bias: Array.from({ length: 64 }, (_, m) =>
          m < 32 ? 2147483647 - 512 - (m > 0 ? 2 ** (m - 1) : 0) : -2147483648 + 512,
        ),
        shift: Array.from({ length: 64 }, (_, m) => m % 32),
      }),
    ],
    inputs: rows(1200, 6, 0, 255),
  },
  {
    id: "requantise-random",
    comment: "drawn biases and shifts",
    flags: ["PaddedOutputs"],
    inputType: "i16",
    layers: [
      layer(13, [30, 20, 21], {
        thresholds: draw(130, -32768, 32767),
        bias: draw(131, -3000, 3000),
        shift: draw(132, 0, 7),
      }),
    ],
    inputs: rows(1300, 8, -32768, 32767),
  },
  {
    id: "codebooks-152",
    comment: "as many codebooks as 6 KiB of encoders hold",
    flags: ["ManyCodebooks"],
    inputType: "u8",
    layers: [layer(14, [100, 152, 16])],
    inputs: rows(1400, 4, 0, 255),
  },
  {
    id: "codebooks-152-bounds",
    comment: "all entries -128, or all 127: the largest sums of 152 codebooks",
    flags: ["ManyCodebooks", "Saturation"],
    inputType: "u8",
    layers: [
      layer(15, [1, 152, 2], {
        splitDims: fill(608, 0),
        thresholds: fill(2280, 7),
        tables: Array.from({ length: 152 * 32 }, (_, i) => (i % 2 === 0 ? -128 : 127)),
      }),
    ],
    inputs: [[0], [7]],
  },
  {
    id: "codebooks-256-bounds",
    comment: "256 codebooks of -128 reach -32768, the smallest sum a 16-bit accumulator holds",
    flags: ["ManyCodebooks", "Saturation", "ExtremeActivation"],
    inputType: "u8",
    layers: [
      layer(16, [1, 256, 2], {
        splitDims: fill(1024, 0),
        thresholds: fill(3840, 7),
        tables: Array.from({ length: 256 * 32 }, (_, i) => (i % 2 === 0 ? -128 : 127)),
      }),
    ],
    inputs: [[0], [7]],
  },
  {
    id: "codebooks-300",
    comment: "more codebooks than kernels that add packed sums of 16 bits can take",
    flags: ["ManyCodebooks", "Saturation"],
    inputType: "i8",
    layers: [
      layer(22, [40, 300, 9], {
        thresholds: draw(221, -128, 127),
        tables: draw(222, 100, 127),
        bias: fill(9, -1300),
      }),
    ],
    inputs: rows(2200, 6, -128, 127),
  },
  {
    id: "chain-3",
    comment: "three steps: raw accumulators, requantised, raw again",
    flags: ["Chain", "PaddedOutputs"],
    inputType: "u8",
    layers: [
      layer(17, [50, 10, 24]),
      layer(18, [24, 6, 13], {
        thresholds: draw(180, -400, 400),
        bias: draw(181, -300, 300),
        shift: draw(182, 0, 4),
      }),
      layer(19, [13, 3, 5], { thresholds: draw(190, -300, 300) }),
    ],
    inputs: rows(1700, 8, 0, 255),
  },
  {
    id: "digits-shape",
    comment: "784 → 64 → 10 with 98 and 32 codebooks: the demo's shape",
    flags: ["Chain", "ManyCodebooks", "PaddedOutputs"],
    inputType: "u8",
    layers: [
      layer(20, [784, 98, 64]),
      layer(21, [64, 32, 10], { thresholds: draw(210, -900, 900), bias: draw(211, -2000, 2000) }),
    ],
    inputs: rows(2000, 4, 0, 255),
  },
  {
    id: "largest-input-u8",
    comment: "1008 inputs fill the arena of 1024 together with 16 outputs",
    flags: ["LargestInput"],
    inputType: "u8",
    layers: [layer(22, [1008, 40, 16])],
    inputs: rows(2200, 3, 0, 255),
  },
  {
    id: "largest-input-i16",
    comment: "512 inputs of 16 bits: the largest data of one frame",
    flags: ["LargestInput", "ExtremeActivation"],
    inputType: "i16",
    layers: [layer(23, [512, 40, 16], { thresholds: draw(230, -32768, 32767) })],
    inputs: rows(2300, 3, -32768, 32767),
  },
];
