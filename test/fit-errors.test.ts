import { describe, expect, test } from "vitest";
import type { ErrorCode } from "../host/errors.ts";
import { type Calibration, type FitOptions, fitNetwork } from "../host/fit/fit-network.ts";
import { varianceBlocks } from "../host/fit/image-slices.ts";
import { trainMlp } from "../host/fit/mlp.ts";
import type { DenseLayer, FloatNetwork } from "../host/fit/network.ts";
import { Random } from "../host/fit/random.ts";
import { correlatedRows, randomNetwork } from "./synthetic.ts";

const random = new Random(51);
const good = randomNetwork(random, [12, 6, 3]);
const inputs = correlatedRows(random, 100, 12);

const refuses = (
  code: ErrorCode,
  where: string,
  network: FloatNetwork,
  options: FitOptions = {},
  calibration: Calibration = { inputs },
) =>
  expect(() => fitNetwork(network, calibration, options)).toThrow(
    expect.objectContaining({ code, where, next: expect.stringMatching(/\w/) }),
  );

const withLayer = (index: number, change: Partial<DenseLayer>): FloatNetwork => ({
  ...good,
  layers: good.layers.map((layer, i) => (i === index ? { ...layer, ...change } : layer)),
});

describe("fitting refuses", () => {
  test("NaN and infinity, and says where they are", () => {
    const weights = good.layers[1].weights.slice();
    weights[7] = Number.NaN;
    refuses("E_NOT_FINITE", "layers[1].weights[7]", withLayer(1, { weights }));
    const bias = Float32Array.of(0, 0, 0, 0, Number.NEGATIVE_INFINITY, 0);
    refuses("E_NOT_FINITE", "layers[0].bias[4]", withLayer(0, { bias }));
  });

  test("layers whose shapes do not chain", () => {
    refuses("E_SHAPE", "layers", { ...good, layers: [] });
    refuses("E_SHAPE", "layers[0].weights", withLayer(0, { weights: new Float32Array(71) }));
    refuses("E_SHAPE", "layers[1].weights", withLayer(1, { weights: new Float32Array(15) }));
  });

  test("more codebooks than columns", () => {
    refuses("E_TOO_MANY_CODEBOOKS", "layers[0]", good, { layers: [{ codebooks: 13 }] });
    refuses("E_TOO_MANY_CODEBOOKS", "layers[1]", good, { layers: [{}, { codebooks: 7 }] });
    refuses("E_RANGE", "layers[0]", good, { layers: [{ codebooks: 1.5 }] });
  });

  test("slices that name no column or one that is not there", () => {
    refuses("E_SHAPE", "layers[0].slices[1]", good, { layers: [{ slices: [[0], []] }] });
    refuses("E_SHAPE", "layers[0].slices[0]", good, { layers: [{ slices: [[0, 12]] }] });
  });

  test("calibration rows that are too few or not whole", () => {
    const few = { inputs: inputs.subarray(0, 12 * 16) };
    refuses("E_TOO_FEW_ROWS", "calibration.inputs", good, {}, few);
    refuses("E_TOO_FEW_ROWS", "calibration.inputs", good, {}, { inputs: new Uint8Array(0) });
    refuses("E_SHAPE", "calibration.inputs", good, {}, { inputs: inputs.subarray(1) });
    refuses("E_SHAPE", "calibration.copies", good, {}, { inputs, copies: 3 });
  });

  test("options out of range, and an activation that nothing folds in", () => {
    refuses("E_RANGE", "lambdas", good, { lambdas: [1, 0] });
    refuses("E_RANGE", "lambdas", good, { lambdas: [] });
    refuses("E_RANGE", "candidates", good, { candidates: 0 });
    refuses("E_RANGE", "heldOut", good, { heldOut: 1 });
    refuses("E_RANGE", "inputScale", { ...good, inputScale: 0 });
    refuses("E_RANGE", "layers[1].activation", withLayer(1, { activation: "relu" }));
    refuses("E_SHAPE", "layers", good, { layers: [{}, {}, {}] });
  });
});

test("cutting images into blocks refuses partial images and too many blocks", () => {
  const code = (code: ErrorCode) => expect.objectContaining({ code });
  expect(() => varianceBlocks(new Uint8Array(15), 4, 4, 2)).toThrow(code("E_SHAPE"));
  expect(() => varianceBlocks(new Uint8Array(16), 4, 4, 17)).toThrow(code("E_TOO_MANY_CODEBOOKS"));
});

test("training refuses labels that do not match", () => {
  const code = (code: ErrorCode) => expect.objectContaining({ code });
  const x = new Uint8Array(20);
  expect(() => trainMlp(x, new Uint8Array(3), { hidden: [] })).toThrow(code("E_SHAPE"));
  const labels = Uint8Array.of(0, 1, 2, 3);
  expect(() => trainMlp(x, labels, { hidden: [], classes: 3 })).toThrow(code("E_SHAPE"));
});
