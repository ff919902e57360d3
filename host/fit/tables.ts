import type { Kernels } from "./kernels.ts";
import type { LayerProblem, LearnedLayer } from "./maddness.ts";
import { mappedValue } from "./mapping.ts";
import { type NormalEquations, normalEquations, solveRidge } from "./ridge.ts";

export type LearnedTables = Pick<LearnedLayer, "tables" | "offset" | "lambda" | "prior">;

/**
 * Learns all tables of a layer together: ridge regression from the one-hot codes for every goal and
 * λ, of which the held-out rows choose one.
 * @param codes [rows][C]
 */
export function fitTables(
  kernels: Kernels,
  problem: LayerProblem,
  codes: Uint8Array,
): LearnedTables {
  const { rows, trainRows, targets, slices, goals, lambdas } = problem;
  const C = slices.length;
  const M = targets.length / rows;
  return kernels.scoped(() => {
    const codesAt = kernels.put(codes);
    const means = goals.some(({ prior }) => prior === "means")
      ? bucketMeanTables(problem, codes, M)
      : undefined;
    const priorTables = goals.map(({ prior }) =>
      prior === "means" && means ? means : new Float64Array(C * 16 * M),
    );
    // One right-hand side a goal, side by side: the factorisation is shared.
    const width = Math.ceil((goals.length * M) / 4) * 4;
    const residual = new Float32Array(rows * width);
    const offsets = goals.map((goal, g) =>
      fillResidual(kernels, problem, codesAt, goal.targets, priorTables[g], residual, width, g * M),
    );
    const residualAt = kernels.put(residual);
    const equations = normalEquations(kernels, codesAt, trainRows, C, residualAt, width);

    let best: LearnedTables | undefined;
    let bestError = Number.POSITIVE_INFINITY;
    lambdas.forEach((lambda, i) => {
      const solution = solveRidge(kernels, equations, lambda);
      const errors = heldOutErrors(kernels, problem, equations, solution, codesAt, residual, M);
      goals.forEach(({ prior }, g) => {
        if (best && !(errors[g] < bestError)) return;
        bestError = errors[g];
        const tables = Float64Array.from(
          priorTables[g],
          (t, j) => t + solution[Math.floor(j / M) * width + g * M + (j % M)],
        );
        best = { tables, offset: offsets[g], lambda, prior };
      });
      problem.onProgress?.(0.5 + (0.5 * (i + 1)) / lambdas.length);
    });
    return best!;
  });
}

/** [C][16][M] weights applied to the mean of every bucket's training rows. */
function bucketMeanTables(problem: LayerProblem, codes: Uint8Array, M: number): Float64Array {
  const { rows, trainRows, columns, mapping, weights, slices } = problem;
  const C = slices.length;
  const tables = new Float64Array(C * 16 * M);
  slices.forEach((slice, c) => {
    const counts = new Float64Array(16);
    for (let r = 0; r < trainRows; r++) counts[codes[r * C + c]]++;
    for (const d of slice) {
      const sums = new Float64Array(16);
      for (let r = 0; r < trainRows; r++) {
        sums[codes[r * C + c]] += mappedValue(mapping, d, columns[d * rows + r]);
      }
      for (let k = 0; k < 16; k++) {
        if (counts[k] === 0) continue;
        const mean = sums[k] / counts[k];
        for (let m = 0; m < M; m++) tables[(c * 16 + k) * M + m] += mean * weights[d * M + m];
      }
    }
  });
  return tables;
}

/**
 * Writes targets minus the tables' sums minus their mean over the training rows, into M columns of
 * `residual` [rows][width] from column `first`.
 * @param codes address of u8[rows][C]
 * @returns [M] that mean, which goes to the layer's offset and not into the tables
 */
function fillResidual(
  kernels: Kernels,
  { rows, trainRows, slices }: LayerProblem,
  codes: number,
  targets: Float32Array,
  tables: Float64Array,
  residual: Float32Array,
  width: number,
  first: number,
): Float64Array {
  const M = targets.length / rows;
  const mean = new Float64Array(M);
  kernels.scoped(() => {
    const padded = Math.ceil(M / 4) * 4;
    const tablesAt = kernels.put(padRows(tables, M, padded));
    const out = kernels.allocate(rows * padded * 4);
    kernels.run.fit_lookup_f32(codes, rows, slices.length, tablesAt, padded, out);
    const sums = kernels.f32(out, rows * padded);
    for (let r = 0; r < rows; r++) {
      for (let m = 0; m < M; m++) {
        const y = targets[r * M + m] - sums[r * padded + m];
        residual[r * width + first + m] = y;
        if (r < trainRows) mean[m] += y / trainRows;
      }
    }
  });
  for (let r = 0; r < rows; r++) {
    for (let m = 0; m < M; m++) residual[r * width + first + m] -= mean[m];
  }
  return mean;
}

/** [n][M] f64 as [n][width] f32; the padding is 0. */
function padRows(values: Float64Array, M: number, width: number): Float32Array {
  const padded = new Float32Array((values.length / M) * width);
  for (let i = 0; i < values.length; i++) padded[Math.floor(i / M) * width + (i % M)] = values[i];
  return padded;
}

/** [goals] squared error of a solution against the layer's targets on the held-out rows. */
function heldOutErrors(
  kernels: Kernels,
  problem: LayerProblem,
  { C, M: width }: NormalEquations,
  solution: Float64Array,
  codesAt: number,
  residual: Float32Array,
  M: number,
): Float64Array {
  const { rows, trainRows, targets, goals } = problem;
  return kernels.scoped(() => {
    const tables = kernels.put(Float32Array.from(solution));
    const out = kernels.allocate((rows - trainRows) * width * 4);
    kernels.run.fit_lookup_f32(codesAt + trainRows * C, rows - trainRows, C, tables, width, out);
    const sums = kernels.f32(out, (rows - trainRows) * width);
    const errors = new Float64Array(goals.length);
    goals.forEach((goal, g) => {
      for (let r = trainRows; r < rows; r++) {
        for (let m = 0; m < M; m++) {
          const left = residual[r * width + g * M + m] - sums[(r - trainRows) * width + g * M + m];
          errors[g] += (left + targets[r * M + m] - goal.targets[r * M + m]) ** 2;
        }
      }
    });
    return errors;
  });
}
