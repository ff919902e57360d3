import type { Layer } from "../generated/operators.ts";
import { packImage } from "../image/pack.ts";
import { readImage, type TableImage } from "../image/read.ts";
import { maddnessEncode } from "../reference/maddness.ts";
import { inferProgram } from "../reference/program.ts";
import { accuracy, classify } from "../runtime/classify.ts";
import { inspectImage } from "./inspect.ts";

/** How a step's codebooks and outputs are used by rows. */
export interface StepUse {
  /** [C][16] share of the rows that reach a leaf */
  readonly leaves: readonly (readonly number[])[];
  /** Mean over the codebooks: bits of information in a code, 0..4 */
  readonly codeBits: number;
  /** Leaves that no row reaches, of 16·C */
  readonly unusedLeaves: number;
  /** Share of outputs at either end of i16 */
  readonly saturated: number;
  /** Smallest and largest output seen */
  readonly range: readonly [number, number];
}

/** Rows that leaves are counted on: the definition walks them. */
const USE_ROWS = 1000;
const SHARES = [1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125];

export function stepUses(image: TableImage, rows: readonly ArrayLike<number>[]): StepUse[] {
  const some = rows.slice(0, USE_ROWS);
  const { program } = image;
  const counts = program.layers.map((layer) => new Float64Array(layer.codebooks * 16));
  const ends = program.layers.map(() => ({ saturated: 0, low: 32767, high: -32768 }));
  for (const row of some) {
    const outputs = inferProgram(program, row);
    program.layers.forEach((layer, i) => {
      const x = i === 0 ? Int16Array.from(row) : outputs[i - 1];
      maddnessEncode(layer, x).forEach((code, c) => {
        counts[i][c * 16 + code]++;
      });
      for (const y of outputs[i]) {
        if (y === 32767 || y === -32768) ends[i].saturated++;
        ends[i].low = Math.min(ends[i].low, y);
        ends[i].high = Math.max(ends[i].high, y);
      }
    });
  }
  return program.layers.map(({ codebooks, outputs }, i) => {
    const leaves = Array.from({ length: codebooks }, (_, c) =>
      Array.from(counts[i].subarray(c * 16, c * 16 + 16), (n) => n / some.length),
    );
    const bits = leaves.map((shares) =>
      shares.reduce((sum, p) => (p > 0 ? sum - p * Math.log2(p) : sum), 0),
    );
    return {
      leaves,
      codeBits: bits.reduce((a, b) => a + b, 0) / codebooks,
      unusedLeaves: leaves.flat().filter((p) => p === 0).length,
      saturated: ends[i].saturated / (some.length * outputs),
      range: [ends[i].low, ends[i].high],
    };
  });
}

/** [label][class] rows */
export function confusion(
  classes: ArrayLike<number>,
  labels: ArrayLike<number>,
  count: number,
): number[][] {
  const matrix = Array.from({ length: count }, () => new Array<number>(count).fill(0));
  for (let r = 0; r < labels.length; r++) if (labels[r] < count) matrix[labels[r]][classes[r]]++;
  return matrix;
}

/** What an image would reach with fewer tables. */
export interface ByteWorth {
  readonly tableBytes: number;
  readonly accuracy: number;
}

/**
 * Accuracy when each layer keeps only its most telling codebooks and the others give their mean: what
 * each kilobyte buys. Nothing is learned again, so a fit with that budget does better.
 */
export function byteWorths(
  image: TableImage,
  rows: readonly ArrayLike<number>[],
  labels: ArrayLike<number>,
  uses: readonly StepUse[],
): ByteWorth[] {
  const { program } = image;
  const ranks = program.layers.map((layer, i) => ranked(layer, uses[i]));
  const whole = inspectImage(image).tableBytes;
  return SHARES.map((share) => {
    const layers = program.layers.map((layer, i) => {
      const kept = Math.max(1, Math.round(layer.codebooks * share));
      return withMeans(layer, uses[i], ranks[i].slice(kept));
    });
    const kept = program.layers.map(
      (layer, i) =>
        Math.max(1, Math.round(layer.codebooks * share)) *
        (image.program.layers[i].tables.length / layer.codebooks),
    );
    const all = program.layers.reduce((sum, layer) => sum + layer.tables.length, 0);
    const smaller = readImage(packImage({ ...program, layers }, { manifest: { tool: "report" } }));
    return {
      tableBytes: (whole * kept.reduce((a, b) => a + b, 0)) / all,
      accuracy: accuracy(classify(smaller, rows).classes, labels),
    };
  });
}

/** Codebooks, those first whose entries vary most over the rows. */
function ranked(layer: Layer, { leaves }: StepUse): number[] {
  const { outputs: M, tables } = layer;
  const worth = leaves.map((shares, c) => {
    let sum = 0;
    for (let m = 0; m < M; m++) {
      let mean = 0;
      let square = 0;
      shares.forEach((p, k) => {
        const t = tables[(c * 16 + k) * M + m];
        mean += p * t;
        square += p * t * t;
      });
      sum += square - mean * mean;
    }
    return sum;
  });
  return worth.map((_, c) => c).sort((a, b) => worth[b] - worth[a] || a - b);
}

function withMeans(layer: Layer, { leaves }: StepUse, dropped: readonly number[]): Layer {
  const { outputs: M } = layer;
  const tables = layer.tables.slice();
  for (const c of dropped) {
    for (let m = 0; m < M; m++) {
      const mean = leaves[c].reduce((sum, p, k) => sum + p * layer.tables[(c * 16 + k) * M + m], 0);
      for (let k = 0; k < 16; k++) tables[(c * 16 + k) * M + m] = Math.round(mean);
    }
  }
  return { ...layer, tables };
}
