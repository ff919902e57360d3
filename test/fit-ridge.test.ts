import { describe, expect, test } from "vitest";
import type { NomulError } from "../host/errors.ts";
import { Kernels } from "../host/fit/kernels.ts";
import { Random } from "../host/fit/random.ts";
import { normalEquations, solveRidge } from "../host/fit/ridge.ts";

/** Gaussian elimination with pivoting. */
function solve(a: number[][], b: number[][]): number[][] {
  const n = a.length;
  for (let i = 0; i < n; i++) {
    let pivot = i;
    for (let j = i + 1; j < n; j++) if (Math.abs(a[j][i]) > Math.abs(a[pivot][i])) pivot = j;
    [a[i], a[pivot]] = [a[pivot], a[i]];
    [b[i], b[pivot]] = [b[pivot], b[i]];
    for (let j = 0; j < n; j++) {
      if (j === i) continue;
      const f = a[j][i] / a[i][i];
      a[j] = a[j].map((v, k) => v - f * a[i][k]);
      b[j] = b[j].map((v, k) => v - f * b[i][k]);
    }
  }
  return b.map((row, i) => row.map((v) => v / a[i][i]));
}

describe("ridge regression from codes", () => {
  for (const [seed, N, C, M, lambda] of [
    [31, 50, 1, 4, 1],
    [32, 200, 3, 8, 0.1],
    [33, 400, 9, 4, 30],
  ]) {
    test(`equals a naive solve of the normal equations (seed ${seed})`, () => {
      const random = new Random(seed);
      const codes = Uint8Array.from({ length: N * C }, () => random.below(16));
      const y = Float32Array.from({ length: N * M }, () => random.normal());
      const kernels = new Kernels();
      const at = kernels.put(codes);
      const equations = normalEquations(kernels, at, N, C, kernels.put(y), M);
      const result = solveRidge(kernels, equations, lambda);

      const n = 16 * C;
      const a = Array.from({ length: n }, (_, i) =>
        Array.from({ length: n }, (_, j) => (i === j ? lambda : 0)),
      );
      const b = Array.from({ length: n }, () => new Array<number>(M).fill(0));
      for (let r = 0; r < N; r++) {
        const hot = Array.from({ length: C }, (_, c) => c * 16 + codes[r * C + c]);
        for (const i of hot) {
          for (const j of hot) a[i][j]++;
          for (let m = 0; m < M; m++) b[i][m] += y[r * M + m];
        }
      }
      const naive = solve(a, b).flat();
      const worst = Math.max(...naive.map((v, i) => Math.abs(v - result[i])));
      expect(worst).toBeLessThan(1e-9);
    });
  }

  test("says which leaf leaves the equations singular when there is no ridge", () => {
    const kernels = new Kernels();
    const codes = kernels.put(Uint8Array.from({ length: 20 }, (_, i) => i % 5));
    const y = kernels.put(new Float32Array(20 * 4).fill(1));
    const equations = normalEquations(kernels, codes, 20, 1, y, 4);
    expect(() => solveRidge(kernels, equations, 0)).toThrow(
      expect.objectContaining<Partial<NomulError>>({
        code: "E_RANGE",
        where: "codebook 0, leaf 5",
      }),
    );
  });
});
