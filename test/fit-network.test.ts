import { describe, expect, test } from "vitest";
import { fitNetwork } from "../host/fit/fit-network.ts";
import { mappedValue } from "../host/fit/mapping.ts";
import { denseRow, type FloatNetwork } from "../host/fit/network.ts";
import { Random } from "../host/fit/random.ts";
import { splitRows } from "../host/fit/rows.ts";
import { maddnessEncode, maddnessInfer } from "../host/reference/maddness.ts";
import { correlatedRows, randomNetwork } from "./synthetic.ts";

const rowOf = (x: Uint8Array, D: number, r: number) =>
  Int16Array.from(x.subarray(r * D, r * D + D));

/** The float network's outputs for one row, in f64. */
function inferFloat(network: FloatNetwork, x: ArrayLike<number>): Float64Array {
  let values = Float64Array.from(x, (v) => v * network.inputScale);
  for (const layer of network.layers) {
    const out = new Float64Array(layer.bias.length);
    denseRow(layer, values, out);
    values = layer.activation === "relu" ? out.map((v) => Math.max(0, v)) : out;
  }
  return values;
}

describe("fitting a network", () => {
  test("gives the same bytes for the same seed and other bytes for another", () => {
    const random = new Random(41);
    const network = randomNetwork(random, [24, 12, 5]);
    const inputs = correlatedRows(random, 500, 24);
    const fit = (seed: number) => fitNetwork(network, { inputs }, { seed }).layers;
    expect(fit(7)).toEqual(fit(7));
    expect(fit(7)[0].tables).not.toEqual(fit(8)[0].tables);
  });

  test("loses less on held-out rows with every doubling of codebooks (seed 42)", () => {
    const random = new Random(42);
    const network = randomNetwork(random, [64, 10]);
    const inputs = correlatedRows(random, 3000, 64);
    const nmse = [4, 8, 16, 32].map(
      (codebooks) => fitNetwork(network, { inputs }, { layers: [{ codebooks }] }).report[0].nmse,
    );
    for (let i = 1; i < nmse.length; i++) expect(nmse[i]).toBeLessThan(nmse[i - 1]);
    expect(nmse[3]).toBeLessThan(0.05);
  });

  test("loses less by regression onto outputs than by prototypes (seeds 43 to 47)", () => {
    for (const seed of [43, 44, 45, 46, 47]) {
      const random = new Random(seed);
      const network = randomNetwork(random, [64, 10]);
      const inputs = correlatedRows(random, 600, 64);
      const nmse = (variant: "outputs" | "prototypes") =>
        fitNetwork(network, { inputs }, { layers: [{ codebooks: 16 }], variant }).report[0].nmse;
      expect(nmse("outputs")).toBeLessThan(0.95 * nmse("prototypes"));
    }
  });

  test.each([
    [undefined, undefined],
    ["maddness4", undefined],
    ["maddness4", "maddness4"],
  ] as const)(
    "reports the error that integer layers really make (%s, %s; seed 46)",
    (...tokens) => {
      const random = new Random(46);
      const [D, M] = [20, 6];
      const network = randomNetwork(random, [D, 16, M]);
      const inputs = correlatedRows(random, 800, D);
      const { layers, outputScale, report, seed } = fitNetwork(
        network,
        { inputs },
        { seed: 3, layers: tokens.map((operator) => ({ operator })) },
      );
      expect(layers.map(({ operator }) => operator)).toEqual(tokens.map((t) => t ?? "maddness"));
      expect(report.map(({ tableBytes }) => tableBytes)).toEqual(
        tokens.map((t, i) => report[i].codebooks * 16 * (t ? 8 : 16 - 8 * i)),
      );
      const { order, trainRows } = splitRows({ inputs }, D, 0.1, seed);
      const held = [...order.subarray(trainRows)];
      expect(held.length).toBe(80);
      const float = held.map((r) => inferFloat(network, rowOf(inputs, D, r)));
      const tables = held.map((r) => {
        const hidden = maddnessInfer(layers[0], rowOf(inputs, D, r));
        return Float64Array.from(maddnessInfer(layers[1], hidden), (y) => y * outputScale);
      });
      let error = 0;
      let variance = 0;
      for (let m = 0; m < M; m++) {
        const mean = float.reduce((s, y) => s + y[m], 0) / held.length;
        held.forEach((_, i) => {
          error += (tables[i][m] - float[i][m]) ** 2;
          variance += (float[i][m] - mean) ** 2;
        });
      }
      expect(report[1].nmse).toBeCloseTo(error / variance, 4);
      expect(report[1].nmse).toBeLessThan(tokens[0] ? 0.5 : 0.3);
    },
  );

  test("needs no bias and no shift in hidden layers: floats between layers decide alike (seed 47)", () => {
    const random = new Random(47);
    const D = 32;
    const network = randomNetwork(random, [D, 24, 16, 4]);
    const inputs = correlatedRows(random, 1000, D);
    const { layers, mappings } = fitNetwork(network, { inputs });
    for (const layer of layers.slice(0, -1)) {
      expect([...layer.bias].every((b) => b === 0)).toBe(true);
      expect([...layer.shift].every((s) => s === 0)).toBe(true);
    }
    let differing = 0;
    for (let r = 0; r < 200; r++) {
      let x = rowOf(inputs, D, r);
      for (let l = 1; l < layers.length; l++) {
        x = maddnessInfer(layers[l - 1], x);
        const { thresholds, splitDims } = layers[l];
        const codes = maddnessEncode(layers[l], x);
        for (let c = 0; c < codes.length; c++) {
          let i = 0;
          for (let t = 0; t < 4; t++) {
            const d = splitDims[c * 4 + t];
            const threshold = thresholds[c * 15 + (1 << t) - 1 + i];
            // A float threshold between what the two integers around the split mean.
            const [below, reaches] = [threshold - 1, threshold].map((a) =>
              mappedValue(mappings[l - 1], d, a),
            );
            const right =
              threshold < 32767 && mappedValue(mappings[l - 1], d, x[d]) >= (below + reaches) / 2;
            i = 2 * i + (right ? 1 : 0);
          }
          if (i !== codes[c]) differing++;
        }
      }
    }
    expect(differing).toBe(0);
  });

  test("keeps the last layer within i16 without saturation for every combination of codes (seed 48)", () => {
    const random = new Random(48);
    const base = randomNetwork(random, [16, 3]);
    // One output far away from the others: its bias is large, the scale is common.
    const bias = Float32Array.of(1e4, 0, -5);
    const network = { ...base, layers: [{ ...base.layers[0], bias }] };
    const inputs = correlatedRows(random, 400, 16);
    const { layers, outputScale } = fitNetwork(network, { inputs });
    const [{ tables, bias: b, shift, codebooks: C, outputs: M }] = layers;
    for (let m = 0; m < M; m++) {
      let [low, high] = [b[m], b[m]];
      for (let c = 0; c < C; c++) {
        const entries = Array.from({ length: 16 }, (_, k) => tables[(c * 16 + k) * M + m]);
        low += Math.min(...entries);
        high += Math.max(...entries);
      }
      expect(Math.max(-low, high) / 2 ** shift[m]).toBeLessThanOrEqual(32767.5);
    }
    const y = maddnessInfer(layers[0], rowOf(inputs, 16, 0));
    const exact = inferFloat(network, rowOf(inputs, 16, 0));
    expect(Math.abs(y[0] * outputScale - exact[0])).toBeLessThan(2 * outputScale + 1);
  });

  test("survives constant inputs and constant outputs", () => {
    const random = new Random(49);
    const network = randomNetwork(random, [8, 4]);
    const { layers, report, outputScale } = fitNetwork(network, {
      inputs: new Uint8Array(8 * 100).fill(9),
    });
    const exact = inferFloat(network, new Array(8).fill(9));
    const y = maddnessInfer(layers[0], new Int16Array(8).fill(9));
    expect(report[0].nmse).toBe(0);
    y.forEach((v, m) => {
      expect(Math.abs(v * outputScale - exact[m])).toBeLessThanOrEqual(outputScale);
    });
  });
});
