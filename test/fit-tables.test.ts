import { describe, expect, test } from "vitest";
import { Kernels } from "../host/fit/kernels.ts";
import { fitMaddness } from "../host/fit/maddness.ts";
import { quantiseTables, shiftFor } from "../host/fit/quantise.ts";
import { Random } from "../host/fit/random.ts";
import { normalEquations, solveRidge } from "../host/fit/ridge.ts";
import { splitRows, transpose } from "../host/fit/rows.ts";
import { contiguousSlices } from "../host/fit/slices.ts";
import { correlatedRows } from "./synthetic.ts";

const natural = (n: number) => Uint32Array.from({ length: n }, (_, i) => i);

describe("learning tables", () => {
  test("from bucket means with ridge 1 equals the published regression onto prototypes (seed 81)", () => {
    const random = new Random(81);
    const [N, D, M, C] = [400, 10, 3, 4];
    const inputs = correlatedRows(random, N, D);
    const weights = Float32Array.from({ length: D * M }, () => random.normal());
    const products = Float32Array.from({ length: N * M }, (_, i) => {
      const [r, m] = [Math.floor(i / M), i % M];
      let sum = 0;
      for (let d = 0; d < D; d++) sum += inputs[r * D + d] * weights[d * M + m];
      return sum;
    });
    const slices = contiguousSlices(D, C, 0);
    const kernels = new Kernels();
    const trainRows = N - 40;
    const learned = fitMaddness(kernels, {
      rows: N,
      trainRows,
      columns: transpose(inputs, natural(N), D),
      mapping: {
        scale: new Float64Array(D).fill(1),
        offset: new Float64Array(D),
        activation: "none",
      },
      weights,
      targets: products,
      goals: [{ targets: products, prior: "means" }],
      slices,
      lambdas: [1],
      candidates: 4,
    });

    // Prototypes [C][16][D]: bucket means inside the slice, then ridge of the residual on all of D.
    const { codes } = learned;
    const prototypes = new Float64Array(C * 16 * D);
    const width = 12;
    const residual = new Float32Array(trainRows * width);
    for (let c = 0; c < C; c++) {
      for (let k = 0; k < 16; k++) {
        const rows = [...natural(trainRows)].filter((r) => codes[r * C + c] === k);
        for (const d of slices[c]) {
          const mean = rows.reduce((s, r) => s + inputs[r * D + d], 0) / Math.max(1, rows.length);
          prototypes[(c * 16 + k) * D + d] = mean;
          for (const r of rows) residual[r * width + d] = inputs[r * D + d] - mean;
        }
      }
    }
    const at = kernels.put(codes.subarray(0, trainRows * C));
    const put = kernels.put(residual);
    const W = solveRidge(kernels, normalEquations(kernels, at, trainRows, C, put, width), 1);
    for (let i = 0; i < C * 16; i++) {
      for (let d = 0; d < D; d++) prototypes[i * D + d] += W[i * width + d];
    }
    for (let i = 0; i < C * 16; i++) {
      for (let m = 0; m < M; m++) {
        let product = 0;
        for (let d = 0; d < D; d++) product += prototypes[i * D + d] * weights[d * M + m];
        expect(Math.abs(learned.tables[i * M + m] - product)).toBeLessThan(2e-3);
      }
    }
    for (const offset of learned.offset) expect(Math.abs(offset)).toBeLessThan(2e-3);
  });
});

describe("rounding tables to i8", () => {
  for (const common of [false, true]) {
    test(`errs by 0 on average and by at most half a step an entry, common scale ${common} (seed 82)`, () => {
      const random = new Random(82);
      const [N, C, M] = [300, 5, 4];
      // Entries far from 0: their centre must not cost range.
      const tables = Float64Array.from({ length: C * 16 * M }, () => 50 + random.normal());
      const offset = Float64Array.from({ length: M }, () => random.normal());
      const codes = Uint8Array.from({ length: N * C }, () => random.below(16));
      const q = quantiseTables(tables, offset, codes, C, N, "maddness", common);
      expect(Math.max(...q.tables)).toBe(127);
      expect(Math.min(...q.tables)).toBe(-127);
      expect(new Set(q.scale).size).toBe(common ? 1 : M);
      for (let m = 0; m < M; m++) {
        expect(q.scale[m]).toBeLessThan(8 / 2 / 127);
        const errors = Array.from({ length: N }, (_, r) => {
          let exact = offset[m];
          let sum = 0;
          for (let c = 0; c < C; c++) {
            const at = (c * 16 + codes[r * C + c]) * M + m;
            exact += tables[at];
            sum += q.tables[at];
          }
          return q.offset[m] + q.scale[m] * sum - exact;
        });
        expect(Math.abs(errors.reduce((a, b) => a + b, 0) / N)).toBeLessThan(1e-9);
        const worst = Math.max(...errors.map(Math.abs));
        expect(worst).toBeLessThan(C * q.scale[m]);
      }
    });
  }

  for (const common of [false, true]) {
    test(`to 4 bits cuts off what is rare, and errs less than without, common scale ${common} (seed 83)`, () => {
      const random = new Random(83);
      const [N, C, M] = [400, 6, 5];
      // One entry of each output is far away, and one row in 400 uses it.
      const tables = Float64Array.from({ length: C * 16 * M }, (_, i) =>
        i < M ? 12 : random.normal(),
      );
      const codes = Uint8Array.from({ length: N * C }, (_, i) =>
        i === 0 ? 0 : 1 + random.below(15),
      );
      const q = quantiseTables(tables, new Float64Array(M), codes, C, N, "maddness4", common);
      expect(Math.max(...q.tables)).toBe(7);
      expect(Math.min(...q.tables)).toBeGreaterThanOrEqual(-8);
      expect(new Set(q.scale).size).toBe(common ? 1 : M);
      const widest = quantiseTables(tables, new Float64Array(M), codes, C, N, "maddness", common);
      for (let m = 0; m < M; m++) {
        const error = (sumOf: (at: number) => number, start: number) => {
          let squares = 0;
          let mean = 0;
          for (let r = 0; r < N; r++) {
            let e = start;
            for (let c = 0; c < C; c++) {
              const at = (c * 16 + codes[r * C + c]) * M + m;
              e += sumOf(at) - tables[at];
            }
            squares += e * e;
            mean += e / N;
          }
          return [squares, mean];
        };
        const [squares, mean] = error((at) => q.scale[m] * q.tables[at], q.offset[m]);
        expect(Math.abs(mean)).toBeLessThan(1e-9);
        // The same tables in as many levels over their whole range
        const step = (widest.scale[m] * 127) / 7;
        const coarse = (at: number) =>
          step * Math.round((widest.scale[m] * widest.tables[at]) / step);
        expect(squares).toBeLessThan(error(coarse, widest.offset[m])[0]);
      }
    });
  }

  test("shifts only as far as sums need to fit i16", () => {
    expect([0, 32767, 32768, 65533, 65534, 2 ** 30].map(shiftFor)).toEqual([0, 0, 1, 1, 1, 16]);
    for (const bound of [32768, 65535, 1e6, 2 ** 30]) {
      const shift = shiftFor(bound);
      expect(Math.floor((bound + 2 ** (shift - 1)) / 2 ** shift)).toBeLessThanOrEqual(32767);
    }
  });
});

describe("holding rows out", () => {
  test("keeps all copies of a sample on the same side and every row exactly once (seed 83)", () => {
    const [samples, copies, D] = [50, 5, 2];
    const inputs = new Uint8Array(samples * copies * D);
    const { rows, trainRows, order } = splitRows({ inputs, copies }, D, 0.2, 83);
    expect([rows, trainRows]).toEqual([250, 200]);
    expect([...order].sort((a, b) => a - b)).toEqual([...natural(rows)]);
    const sampleOf = (row: number) => row % samples;
    const held = new Set([...order.subarray(trainRows)].map(sampleOf));
    expect(held.size).toBe(10);
    expect([...order.subarray(0, trainRows)].filter((row) => held.has(sampleOf(row)))).toEqual([]);
  });

  test("turns rows into columns in the chosen order", () => {
    const columns = transpose(Int8Array.of(1, 2, 3, -4, -5, -6), Uint32Array.of(1, 0), 3);
    expect(columns).toEqual(Int16Array.of(-4, 1, -5, 2, -6, 3));
  });
});
