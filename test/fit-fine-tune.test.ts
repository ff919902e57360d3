import { describe, expect, test } from "vitest";
import { type FineTuneState, fineTune } from "../host/fit/fine-tune.ts";
import { fitNetwork } from "../host/fit/fit-network.ts";
import { floatNetworkOutputs } from "../host/fit/float-outputs.ts";
import { Kernels } from "../host/fit/kernels.ts";
import { trainMlp } from "../host/fit/mlp.ts";
import { Random } from "../host/fit/random.ts";
import { maddnessEncode } from "../host/reference/maddness.ts";
import { inferProgram, type Program } from "../host/reference/program.ts";

/** Rows whose class is the sign pattern of two sums, which a single column does not tell. */
function corners(seed: number, rows: number) {
  const random = new Random(seed);
  const D = 8;
  const inputs = Uint8Array.from({ length: rows * D }, () => random.below(256));
  const labels = Uint8Array.from({ length: rows }, (_, r) => {
    const x = inputs.subarray(r * D, r * D + D);
    return (x[0] + x[1] + x[2] > 383 ? 1 : 0) + (x[4] + x[5] + x[6] > 383 ? 2 : 0);
  });
  return { D, inputs, labels };
}

function startOf({ inputs, labels }: ReturnType<typeof corners>) {
  const float = trainMlp(inputs, labels, { hidden: [12], epochs: 6, inputScale: "columns" });
  const layers = [{ codebooks: 4 }, { codebooks: 3 }];
  return { float, network: fitNetwork(float, { inputs }, { layers, effort: "quick" }) };
}

/** The definition's outputs of row r. */
function outputsOf(
  layers: Program["layers"],
  { D, inputs }: ReturnType<typeof corners>,
  r: number,
) {
  return inferProgram({ inputType: "u8", layers }, inputs.subarray(r * D, (r + 1) * D)).at(-1)!;
}

const halves = (rows: number) => {
  const all = Uint32Array.from({ length: rows }, (_, i) => i);
  return { train: all.subarray(0, (3 * rows) / 4), held: all.subarray((3 * rows) / 4) };
};

describe("kernels of trees", () => {
  test("walk trees as the definition does (seed 91)", () => {
    const random = new Random(91);
    const [rows, D, C] = [50, 8, 5];
    const kernels = new Kernels();
    const x = Int16Array.from({ length: rows * D }, () => random.below(11) - 5);
    const splitDims = Uint16Array.from({ length: C * 4 }, () => random.below(D));
    const thresholds = Int16Array.from({ length: C * 15 }, () => random.below(11) - 5);
    const codes = kernels.allocate(rows * C);
    kernels.run.fit_tree_codes(
      kernels.put(Float32Array.from(x)),
      rows,
      D,
      kernels.put(splitDims),
      kernels.put(Float32Array.from(thresholds)),
      C,
      codes,
    );
    for (let r = 0; r < rows; r++) {
      const row = x.subarray(r * D, r * D + D);
      const expected = maddnessEncode({ codebooks: C, splitDims, thresholds } as never, row);
      expect([...kernels.u8(codes + r * C, C)]).toEqual([...expected]);
    }
  });

  test("give a threshold the slope of the loss averaged over noise (seed 92)", () => {
    const random = new Random(92);
    const kernels = new Kernels();
    const M = 4;
    // One row at every point of a fine grid: their mean is the average over even noise.
    const rows = 4000;
    const grid = Float32Array.from({ length: rows }, (_, r) => (r - rows / 2 + 0.5) / 1000);
    const thresholds = new Float32Array(16).fill(-50);
    thresholds[0] = 0.2; // the first level; all others always go right
    const tables = Float32Array.from({ length: 16 * M }, () => random.normal());
    const slope = Float32Array.from({ length: M }, () => random.normal());
    const [x, dims, t, T] = [
      kernels.put(grid),
      kernels.put(new Uint16Array(4)),
      kernels.put(thresholds),
      kernels.put(tables),
    ];
    const codes = kernels.allocate(rows);
    kernels.run.fit_tree_codes(x, rows, 1, dims, t, 1, codes);
    const dout = kernels.put(
      Float32Array.from({ length: rows * M }, (_, i) => slope[i % M] / 1000),
    );
    const [dtables, dbias, dthresholds] = [16 * M, M, 16].map((n) =>
      kernels.put(new Float32Array(n)),
    );
    const dx = kernels.put(new Float32Array(rows));
    kernels.run.fit_tree_gradient(
      x,
      rows,
      1,
      dims,
      t,
      1,
      codes,
      T,
      M,
      1,
      dout,
      dtables,
      dbias,
      dthresholds,
      dx,
    );
    // Left ends at leaf 7 (the other levels go right), right at leaf 15; 1000 rows a unit of x.
    let change = 0;
    for (let m = 0; m < M; m++) change += slope[m] * (tables[15 * M + m] - tables[7 * M + m]);
    expect(kernels.f32(dthresholds, 15)[0]).toBeCloseTo(-change, 3);
    expect([...kernels.f32(dthresholds, 15).subarray(1)]).toEqual(Array(14).fill(0));
    const sum = kernels.f32(dx, rows).reduce((a, b) => a + b, 0);
    expect(sum).toBeCloseTo(change, 3);
    const left = grid.filter((v) => v < 0.2).length;
    const gradient = kernels.f32(dtables, 16 * M);
    for (let m = 0; m < M; m++) {
      expect(gradient[7 * M + m]).toBeCloseTo((left / 1000) * slope[m], 3);
      expect(gradient[15 * M + m]).toBeCloseTo(((rows - left) / 1000) * slope[m], 3);
      expect(kernels.f32(dbias, M)[m]).toBeCloseTo((rows / 1000) * slope[m], 2);
    }
  });

  test("leave out the share of codes that was asked for (seed 93)", () => {
    const kernels = new Kernels();
    const n = 100_000;
    const codes = kernels.put(new Uint8Array(n).fill(3));
    kernels.run.fit_tree_drop(codes, n, 0.2 * 2 ** 32, 93);
    const dropped = kernels.u8(codes, n).filter((c) => c === 255).length;
    expect(dropped / n).toBeCloseTo(0.2, 2);
    expect(kernels.u8(codes, n).every((c) => c === 255 || c === 3)).toBe(true);
  });

  test("give noise of the deviation asked for, around 0 (seed 94)", () => {
    const kernels = new Kernels();
    const n = 100_000;
    const x = kernels.put(new Float32Array(n));
    kernels.run.fit_rows_noise(x, n, 0.5, 94);
    const values = kernels.f32(x, n);
    const mean = values.reduce((a, b) => a + b, 0) / n;
    const deviation = Math.sqrt(values.reduce((a, b) => a + b * b, 0) / n);
    expect(mean).toBeCloseTo(0, 2);
    expect(deviation).toBeCloseTo(0.5, 2);
  });

  test("move images, with 0 from outside", () => {
    const kernels = new Kernels();
    const image = Int16Array.of(1, 2, 3, 4, 5, 6); // 3 wide, 2 high
    const zeros = kernels.put(new Float32Array(8));
    const ones = kernels.put(new Float32Array(8).fill(1));
    const [rows, moves] = [kernels.put(new Uint32Array(1)), kernels.put(Uint32Array.of(1, 1))];
    const out = kernels.allocate(6 * 4);
    const at = kernels.put(image);
    kernels.run.fit_rows_load_moved(at, 3, 2, rows, 1, moves, zeros, ones, out, 6);
    expect([...kernels.f32(out, 6)]).toEqual([0, 0, 0, 0, 1, 2]);
  });
});

describe("fine-tuning", () => {
  const data = corners(95, 2000);
  const { float, network } = startOf(data);
  const rows = halves(2000);
  const options = { epochs: 12, seed: 95, augmentation: { noise: 0.1 } };
  const tune = (more: object) =>
    fineTune(network, data.inputs, { labels: data.labels }, rows, { ...options, ...more });
  const once = tune({});

  const wrong = (layers: Program["layers"]) => {
    const fresh = corners(96, 1000);
    let count = 0;
    for (let r = 0; r < 1000; r++) {
      const y = outputsOf(layers, fresh, r);
      if (y.indexOf(Math.max(...y)) !== fresh.labels[r]) count++;
    }
    return count;
  };

  test("errs less on fresh rows, by the definition, than before (seeds 95, 96)", () => {
    expect(wrong(once.layers)).toBeLessThan(0.8 * wrong(network.layers));
  });

  test("measures what the integers do (seed 95)", () => {
    let right = 0;
    for (const r of rows.held) {
      const y = outputsOf(once.layers, data, r);
      if (y.indexOf(Math.max(...y)) === data.labels[r]) right++;
    }
    const said = once.history[once.epoch].heldOutAccuracy * rows.held.length;
    expect(Math.abs(right - said)).toBeLessThanOrEqual(1);
  });

  test("gives the same tables for every number of threads, and others for another seed", () => {
    expect(tune({ threads: 1 }).layers).toEqual(once.layers);
    expect(tune({ threads: 2 }).layers).toEqual(once.layers);
    expect(tune({ seed: 96 }).layers).not.toEqual(once.layers);
  });

  test("goes on from a state as if it had not stopped", () => {
    const states: FineTuneState[] = [];
    tune({ onEpoch: (_: unknown, state: () => FineTuneState) => states.push(state()) });
    const resumed = tune({ resume: structuredClone(states[4]) });
    expect(resumed.layers).toEqual(once.layers);
    expect(resumed.history.slice(1)).toEqual(once.history.slice(1));
  });

  test("keeps the epoch of the least held-out loss, and stops when patience ends", () => {
    const losses = once.history.map((report) => report.heldOutLoss);
    expect(losses[once.epoch]).toBe(Math.min(...losses));
    const stopped = tune({ epochs: 60, rate: 0.3, patience: 2 });
    expect(stopped.history.length).toBe(stopped.epoch + 3);
  });

  test("comes nearer to a float network's outputs without labels (seed 95)", () => {
    const outputs = floatNetworkOutputs(float, data.inputs);
    const tuned = fineTune(network, data.inputs, { outputs }, rows, {
      epochs: 30,
      dropout: 0,
      seed: 95,
    });
    expect(tuned.history[tuned.epoch].heldOutLoss).toBeLessThan(0.9 * tuned.history[0].heldOutLoss);
    let error = 0;
    let before = 0;
    for (const r of rows.held) {
      const y = outputsOf(tuned.layers, data, r);
      const z = outputsOf(network.layers, data, r);
      for (let m = 0; m < 4; m++) {
        error += (y[m] * tuned.outputScale - outputs[r * 4 + m]) ** 2;
        before += (z[m] * network.outputScale - outputs[r * 4 + m]) ** 2;
      }
    }
    expect(error).toBeLessThan(0.9 * before);
  });
});
