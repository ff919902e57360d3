import { type Encoder, learnEncoder } from "./encoder.ts";
import type { Kernels } from "./kernels.ts";
import { type Mapping, mappedValue } from "./mapping.ts";
import { type NormalEquations, normalEquations, solveRidge } from "./ridge.ts";

/** One layer to learn. The first `trainRows` rows are learned from, the rest only measured. */
export interface LayerProblem {
  readonly rows: number;
  readonly trainRows: number;
  /** [D][rows] i16, column-major */
  readonly columns: Int16Array;
  readonly mapping: Mapping;
  /** [D][M], for the prototypes' share of the outputs */
  readonly weights: Float32Array;
  /** [rows][M] what the layer should give, before its activation */
  readonly targets: Float32Array;
  /** [C] columns of every codebook */
  readonly slices: readonly (readonly number[])[];
  /** Tried on the held-out rows; the one of smallest error is taken. */
  readonly lambdas: readonly number[];
  /** What ridge shrinks towards: bucket means as published, or nothing; tried likewise. */
  readonly priors: readonly Prior[];
  readonly candidates: number;
  readonly onProgress?: ((fraction: number) => void) | undefined;
}

export type Prior = "means" | "zero";

/** A learned layer before quantisation: y ≈ offset + Σ_c tables[c][code_c]. */
export interface LearnedLayer {
  /** [C][4] */
  readonly splitDims: Uint16Array;
  /** [C][15] */
  readonly thresholds: Int16Array;
  /** [rows][C] */
  readonly codes: Uint8Array;
  /** [C][16][M] */
  readonly tables: Float64Array;
  /** [M] */
  readonly offset: Float64Array;
  readonly lambda: number;
  readonly prior: Prior;
}

/**
 * Learns one MADDNESS layer (Blalock & Guttag 2021): encoders per slice, then all tables together by
 * ridge regression from the one-hot codes. Regression goes directly onto the layer's outputs; with
 * the prior "means" this is by linearity the published regression onto prototypes, multiplied by the
 * weights.
 */
export function fitMaddness(kernels: Kernels, problem: LayerProblem): LearnedLayer {
  const { rows, trainRows, slices, mapping } = problem;
  const C = slices.length;
  const splitDims = new Uint16Array(C * 4);
  const thresholds = new Int16Array(C * 15);
  const codes = new Uint8Array(rows * C);
  slices.forEach((slice, c) => {
    const { columns, candidates } = problem;
    const encoder: Encoder = learnEncoder(
      kernels,
      columns,
      rows,
      trainRows,
      slice,
      mapping,
      candidates,
    );
    splitDims.set(encoder.splitDims, c * 4);
    thresholds.set(encoder.thresholds, c * 15);
    for (let r = 0; r < rows; r++) codes[r * C + c] = encoder.codes[r];
    problem.onProgress?.((0.5 * (c + 1)) / C);
  });
  return { splitDims, thresholds, codes, ...fitTables(kernels, problem, codes) };
}

type Tables = Pick<LearnedLayer, "tables" | "offset" | "lambda" | "prior">;

function fitTables(kernels: Kernels, problem: LayerProblem, codes: Uint8Array): Tables {
  const { rows, trainRows, targets, slices, priors, lambdas } = problem;
  const C = slices.length;
  const M = targets.length / rows;
  return kernels.scoped(() => {
    const codesAt = kernels.put(codes);
    const priorTables = priors.map((prior) =>
      prior === "zero" ? new Float64Array(C * 16 * M) : bucketMeanTables(problem, codes, M),
    );
    // One right-hand side a prior, side by side: the factorisation is shared.
    const width = Math.ceil((priors.length * M) / 4) * 4;
    const residual = new Float32Array(rows * width);
    const offsets = priorTables.map((tables, p) =>
      fillResidual(kernels, problem, codesAt, tables, residual, width, p * M),
    );
    const residualAt = kernels.put(residual);
    const equations = normalEquations(kernels, codesAt, trainRows, C, residualAt, width);

    let best: Tables | undefined;
    let bestError = Number.POSITIVE_INFINITY;
    lambdas.forEach((lambda, i) => {
      const solution = solveRidge(kernels, equations, lambda);
      const errors = heldOutErrors(kernels, problem, equations, solution, codesAt, residual, M);
      priors.forEach((prior, p) => {
        // Also true for NaN, which only occurs when there is nothing to compare.
        if (best && !(errors[p] < bestError)) return;
        bestError = errors[p];
        const tables = Float64Array.from(
          priorTables[p],
          (t, j) => t + solution[Math.floor(j / M) * width + p * M + (j % M)],
        );
        best = { tables, offset: offsets[p], lambda, prior };
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
  { rows, trainRows, targets, slices }: LayerProblem,
  codes: number,
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

/** [priors] squared error of a solution on the held-out rows. */
function heldOutErrors(
  kernels: Kernels,
  problem: LayerProblem,
  { C, M: width }: NormalEquations,
  solution: Float64Array,
  codesAt: number,
  residual: Float32Array,
  M: number,
): Float64Array {
  const { rows, trainRows, priors } = problem;
  return kernels.scoped(() => {
    const tables = kernels.put(Float32Array.from(solution));
    const out = kernels.allocate((rows - trainRows) * width * 4);
    kernels.run.fit_lookup_f32(codesAt + trainRows * C, rows - trainRows, C, tables, width, out);
    const sums = kernels.f32(out, (rows - trainRows) * width);
    const errors = new Float64Array(priors.length);
    sums.forEach((sum, i) => {
      const p = Math.floor((i % width) / M);
      if (p < priors.length) errors[p] += (residual[trainRows * width + i] - sum) ** 2;
    });
    return errors;
  });
}
