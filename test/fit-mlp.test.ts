import { describe, expect, test } from "vitest";
import { floatNetworkOutputs } from "../host/fit/float-outputs.ts";
import { Kernels } from "../host/fit/kernels.ts";
import { trainMlp } from "../host/fit/mlp.ts";
import { Random } from "../host/fit/random.ts";

/** Points of three classes: which of three rings around the middle they lie on. */
function rings(random: Random, rows: number) {
  const x = new Uint8Array(rows * 2);
  const labels = new Uint8Array(rows);
  for (let r = 0; r < rows; r++) {
    const [a, b] = [random.below(256), random.below(256)];
    x.set([a, b], r * 2);
    const distance = Math.hypot(a - 128, b - 128);
    labels[r] = distance < 45 ? 0 : distance < 90 ? 1 : 2;
  }
  return { x, labels };
}

describe("training a float network", () => {
  test("learns classes that no linear layer separates, with padding widths (seed 71)", () => {
    const { x, labels } = rings(new Random(71), 3000);
    const hidden = [18, 10]; // not multiples of 4
    const network = trainMlp(x, labels, { hidden, epochs: 60, rate: 1e-2, seed: 71 });
    expect(network.layers.map((layer) => layer.weights.length)).toEqual([2 * 18, 18 * 10, 10 * 3]);
    expect(network.layers.map((layer) => layer.activation)).toEqual(["relu", "relu", "none"]);
    const held = rings(new Random(72), 1000);
    const y = floatNetworkOutputs(network, held.x);
    const right = held.labels.filter((label, r) => {
      const row = y.subarray(r * 3, r * 3 + 3);
      return row.indexOf(Math.max(...row)) === label;
    });
    expect(right.length / 1000).toBeGreaterThan(0.95);
  });

  test("gives the same weights for the same seed and others for another", () => {
    const { x, labels } = rings(new Random(73), 300);
    const train = (seed: number) => trainMlp(x, labels, { hidden: [8], epochs: 3, seed });
    expect(train(5)).toEqual(train(5));
    expect(train(5).layers[0].weights).not.toEqual(train(6).layers[0].weights);
  });

  test("has the gradients of finite differences (seed 74)", () => {
    const random = new Random(74);
    const [rows, D, M, classes] = [5, 7, 4, 3];
    const kernels = new Kernels();
    const run = kernels.run;
    const values = (n: number) => Float32Array.from({ length: n }, () => random.normal());
    const w = values(D * M);
    const x = values(rows * D).map((v, i) => (i % 3 === 0 ? 0 : v));
    const labels = Uint8Array.from({ length: rows }, () => random.below(classes));
    const [xAt, wAt, biasAt] = [kernels.put(x), kernels.put(w), kernels.put(values(M))];
    const labelsAt = kernels.put(labels);
    const out = kernels.allocate(rows * M * 4);
    const [dw, dbias, dx] = [D * M, M, rows * D].map((n) => kernels.allocate(n * 4));
    const loss = () => {
      run.fit_dense(xAt, rows, D, wAt, biasAt, M, out);
      return run.fit_softmax(out, rows, M, classes, labelsAt, rows);
    };
    loss();
    run.fit_dense_gradient(xAt, rows, D, wAt, M, out, dw, dbias, dx);
    for (const [at, gradientAt, n] of [
      [wAt, dw, D * M],
      [biasAt, dbias, M],
      [xAt, dx, rows * D],
    ]) {
      const gradient = kernels.f32(gradientAt, n).slice();
      for (let i = 0; i < n; i++) {
        const kept = kernels.f32(at, n)[i];
        kernels.f32(at, n)[i] = kept + 0.01;
        const above = loss();
        kernels.f32(at, n)[i] = kept - 0.01;
        const below = loss();
        kernels.f32(at, n)[i] = kept;
        expect(Math.abs((above - below) / 0.02 - gradient[i])).toBeLessThan(1e-3);
      }
    }
  });
});
