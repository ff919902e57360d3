import { type Encoder, learnEncoder } from "./encoder.ts";
import type { Kernels } from "./kernels.ts";
import type { Mapping } from "./mapping.ts";
import { fitTables } from "./tables.ts";

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
  /** What may be learned; the attempt of smallest error against `targets` is taken. */
  readonly goals: readonly Goal[];
  /** [C] columns of every codebook */
  readonly slices: readonly (readonly number[])[];
  /** Tried on the held-out rows; the one of smallest error is taken. */
  readonly lambdas: readonly number[];
  readonly candidates: number;
  readonly onProgress?: ((fraction: number) => void) | undefined;
}

/** One way to learn the tables. */
export interface Goal {
  /** [rows][M] what regression is on; usually the layer's targets themselves */
  readonly targets: Float32Array;
  /** What ridge shrinks towards: bucket means as published, or nothing. */
  readonly prior: Prior;
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
