import { NomulError } from "../errors.ts";
import type { Kernels } from "./kernels.ts";

/**
 * Normal equations of ridge regression from one-hot codes onto targets, kept in the kernels'
 * memory: GᵀG [16C][16C] and GᵀY [16C][M].
 */
export interface NormalEquations {
  readonly C: number;
  /** Columns of targets, padded to a multiple of 4. */
  readonly M: number;
  readonly gram: number;
  readonly sums: number;
}

/**
 * @param codes address of u8[rows][C]
 * @param targets address of f32[rows][M], M a multiple of 4
 */
export function normalEquations(
  kernels: Kernels,
  codes: number,
  rows: number,
  C: number,
  targets: number,
  M: number,
): NormalEquations {
  const n = 16 * C;
  const gram = kernels.allocate(n * n * 8);
  const sums = kernels.allocate(n * M * 8);
  kernels.f64(gram, n * n).fill(0);
  kernels.f64(sums, n * M).fill(0);
  kernels.run.fit_gram_add(codes, rows, C, gram);
  kernels.run.fit_targets_add(codes, rows, C, targets, M, sums);
  return { C, M, gram, sums };
}

/**
 * (GᵀG + λI)⁻¹ GᵀY by Cholesky.
 * @param lambda > 0
 * @returns [16C][M] f64
 */
export function solveRidge(
  kernels: Kernels,
  equations: NormalEquations,
  lambda: number,
): Float64Array {
  const { C, M, gram, sums } = equations;
  const n = 16 * C;
  return kernels.scoped(() => {
    const factor = kernels.allocate(n * n * 8);
    const solution = kernels.allocate(n * M * 8);
    const a = kernels.f64(factor, n * n);
    a.set(kernels.f64(gram, n * n));
    for (let i = 0; i < n; i++) a[i * n + i] += lambda;
    kernels.f64(solution, n * M).set(kernels.f64(sums, n * M));
    const bad = kernels.run.fit_cholesky(factor, n);
    if (bad >= 0) {
      throw new NomulError("E_RANGE", `λ = ${lambda} leaves the normal equations singular`, {
        where: `codebook ${bad >> 4}, leaf ${bad & 15}`,
        next: "use a larger λ",
      });
    }
    kernels.run.fit_cholesky_solve(factor, n, solution, M);
    return kernels.f64(solution, n * M).slice();
  });
}
