import type { Layer } from "../generated/operators.ts";
import type { InputType, Program } from "../reference/program.ts";
import { operators as known, type OperatorSpec } from "../spec/operators.ts";

const operators: readonly OperatorSpec[] = known;

const LEAVES = 16;
/** Sums of more entries than this no longer fit the kernel's 16 bits (assembly/ops/maddness.simd.ts). */
export const MOST_CODEBOOKS = 256;
const ENCODER_BYTES = 80;
export const STEP_WORDS = 6;

/** One step as assembly/batch.ts reads it. */
export interface BatchStep {
  readonly codebooks: number;
  readonly outputs: number;
  readonly pairs: number;
  /** [C]: u32 splitDim[4], then per level 16 bytes of thresholds */
  readonly encoders: Uint8Array;
  /** [pairs][C][2][16] entries + 128 */
  readonly tables: Uint8Array;
  /** [M] of i32 bias + round, i32 shift; undefined where all are 0 */
  readonly stage: Int32Array | undefined;
}

/** Why a program can't run on the batch kernels, if so. */
export function batchMisfit({ layers }: Program): string | undefined {
  for (const [step, { operator, codebooks }] of layers.entries()) {
    const simd = operators.find(({ token }) => token === operator)?.realisations.simd128;
    if (simd !== true) return `step ${step} is ${operator}: ${simd}`;
    if (codebooks > MOST_CODEBOOKS) {
      return `step ${step} has ${codebooks} codebooks, more than ${MOST_CODEBOOKS}`;
    }
  }
  return undefined;
}

/** Lays out a program's steps anew for many rows at once. */
export function batchSteps({ layers, inputType }: Program): BatchStep[] {
  return layers.map((layer, i) => {
    const ofBytes = i === 0 && inputType !== "i16";
    const walks = Array.from({ length: layer.codebooks }, (_, c) =>
      ofBytes ? byteTree(layer, c, inputType) : wordTree(layer, c),
    );
    const pairs = Math.ceil(layer.outputs / 2);
    return {
      codebooks: layer.codebooks,
      outputs: layer.outputs,
      pairs,
      encoders: encoderBytes(layer, walks),
      tables: tableBytes(layer, walks, pairs),
      stage: stageOf(layer),
    };
  });
}

/** Thresholds of one codebook as 4 × 16 bytes, and which row of the tables each leaf reads. */
interface Tree {
  readonly thresholds: Uint8Array;
  readonly leaves: readonly number[];
}

function wordTree(layer: Layer, c: number): Tree {
  const words = new Int16Array(4 * 8);
  for (let node = 0; node < 15; node++) {
    const level = 31 - Math.clz32(node + 1);
    words[level * 8 + node + 1 - 2 ** level] = layer.thresholds[c * 15 + node];
  }
  return {
    thresholds: new Uint8Array(words.buffer),
    leaves: Array.from({ length: 16 }, (_, k) => k),
  };
}

/**
 * A byte's comparison x >= t always holds for the smallest t, but none of 8 bits never holds. A node
 * that no byte reaches therefore goes right, and its right side is made what its left side was.
 */
function byteTree(layer: Layer, c: number, type: InputType): Tree {
  const offset = type === "i8" ? 128 : 0;
  const of = (node: number) => layer.thresholds[c * 15 + node] + offset;
  const bytes = new Uint8Array(4 * 16);
  const leaves: number[] = [];
  /** @param at node of the new tree @param from node of the old one that it stands for */
  const place = (at: number, from: number) => {
    if (at >= 15) {
      leaves[at - 15] = from - 15;
      return;
    }
    const threshold = of(from);
    const level = 31 - Math.clz32(at + 1);
    const never = threshold > 255;
    bytes[level * 16 + at + 1 - 2 ** level] = never ? 0 : Math.max(0, threshold);
    place(2 * at + 1, 2 * from + 1);
    place(2 * at + 2, never ? 2 * from + 1 : 2 * from + 2);
  };
  place(0, 0);
  // Level 0 is compared without a look-up.
  bytes.fill(bytes[0], 0, 16);
  return { thresholds: bytes, leaves };
}

function encoderBytes(layer: Layer, trees: readonly Tree[]): Uint8Array {
  const bytes = new Uint8Array(layer.codebooks * ENCODER_BYTES);
  const view = new DataView(bytes.buffer);
  trees.forEach(({ thresholds }, c) => {
    for (let t = 0; t < 4; t++) {
      view.setUint32(c * ENCODER_BYTES + 4 * t, layer.splitDims[c * 4 + t], true);
    }
    bytes.set(thresholds, c * ENCODER_BYTES + 16);
  });
  return bytes;
}

function tableBytes(layer: Layer, trees: readonly Tree[], pairs: number): Uint8Array {
  const { codebooks: C, outputs: M, tables } = layer;
  const bytes = new Uint8Array(pairs * C * 2 * LEAVES);
  for (let m = 0; m < M; m++) {
    const pair = (m >> 1) * C;
    for (let c = 0; c < C; c++) {
      const at = ((pair + c) * 2 + (m & 1)) * LEAVES;
      for (let k = 0; k < LEAVES; k++) {
        bytes[at + k] = tables[(c * LEAVES + trees[c].leaves[k]) * M + m] + 128;
      }
    }
  }
  return bytes;
}

function stageOf({ bias, shift }: Layer): Int32Array | undefined {
  if (bias.every((b) => b === 0) && shift.every((s) => s === 0)) return undefined;
  const stage = new Int32Array(bias.length * 2);
  for (let m = 0; m < bias.length; m++) {
    stage[2 * m] = bias[m] + (shift[m] > 0 ? 2 ** (shift[m] - 1) : 0);
    stage[2 * m + 1] = shift[m];
  }
  return stage;
}
