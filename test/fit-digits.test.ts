import { describe, expect, test } from "vitest";
import { loadDigits, neighbours4, withShifts } from "../examples/digits/data.ts";
import { fitNetwork } from "../host/fit/fit-network.ts";
import { floatNetworkOutputs } from "../host/fit/float-outputs.ts";
import { varianceBlocks } from "../host/fit/image-slices.ts";
import { trainMlp } from "../host/fit/mlp.ts";
import { maddnessInfer } from "../host/reference/maddness.ts";

const SEED = 5;
const { train, test: held } = loadDigits(SEED);

const indexOfLargest = (values: ArrayLike<number>) =>
  Array.from(values).reduce((best, v, i, all) => (v > all[best] ? i : best), 0);

const share = (classes: readonly number[]) =>
  classes.filter((c, r) => c === held.labels[r]).length / classes.length;

describe(`handwritten digits (seed ${SEED})`, () => {
  test("are split into 8000 and 2000 that share no image", () => {
    const texts = ({ pixels, labels }: typeof train) =>
      Array.from(labels, (_, r) => pixels.subarray(r * 784, r * 784 + 784).join());
    const learned = new Set(texts(train));
    expect(train.labels.length).toBe(8000);
    expect(held.labels.length).toBe(2000);
    expect(texts(held).filter((image) => learned.has(image))).toEqual([]);
  });

  test("move by a pixel without wrapping around", () => {
    const pixels = new Uint8Array(784);
    pixels[0] = 9;
    pixels[27] = 7;
    const moved = withShifts({ pixels, labels: Uint8Array.of(3) }, neighbours4);
    const found = neighbours4.map((_, block) =>
      [...moved.pixels.subarray(block * 784, block * 784 + 784).entries()].filter(([, v]) => v > 0),
    );
    expect(found).toEqual([
      [
        [0, 9],
        [27, 7],
      ],
      [[1, 9]],
      [[26, 7]],
      [
        [28, 9],
        [55, 7],
      ],
      [],
    ]);
    expect([...moved.labels]).toEqual([3, 3, 3, 3, 3]);
  });

  test("keep nearly all of a float network's accuracy in tables, most by regression onto outputs", () => {
    const few = {
      pixels: train.pixels.subarray(0, 3000 * 784),
      labels: train.labels.slice(0, 3000),
    };
    const network = trainMlp(few.pixels, few.labels, {
      hidden: [32],
      epochs: 15,
      rate: 4e-3,
      seed: SEED,
    });
    const y = floatNetworkOutputs(network, held.pixels);
    const float = share(
      Array.from(held.labels, (_, r) => indexOfLargest(y.subarray(r * 10, r * 10 + 10))),
    );
    const layers = [{ slices: varianceBlocks(few.pixels, 28, 28, 49) }, { codebooks: 32 }];
    const fit = (variant: "outputs" | "prototypes") =>
      fitNetwork(network, { inputs: few.pixels }, { layers, variant });
    const outputs = fit("outputs");
    const tables = share(
      Array.from(held.labels, (_, r) => {
        const x = Int16Array.from(held.pixels.subarray(r * 784, r * 784 + 784));
        return indexOfLargest(outputs.layers.reduce((values, l) => maddnessInfer(l, values), x));
      }),
    );
    expect(float).toBeGreaterThan(0.9);
    expect(tables).toBeGreaterThan(float - 0.025);
    const prototypes = fit("prototypes");
    expect(outputs.report[0].nmse).toBeLessThan(prototypes.report[0].nmse);
    expect(outputs.report[1].nmse).toBeLessThan(prototypes.report[1].nmse);
  });
});
