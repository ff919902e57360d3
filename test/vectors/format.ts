/**
 * Conformance vectors: `<operator>.json`. Every array is written out, or stands for numbers drawn by
 * xorshift32 so that large cases stay small files.
 */
import type { Layer } from "../../host/generated/operators.ts";
import type { InputType, Program } from "../../host/reference/program.ts";
import { xorshift32 } from "../../host/reference/selftest.ts";

/** `state = xorshift32(state); value = min + state mod (max - min + 1)` for each element. */
export interface Drawn {
  readonly seed: number;
  readonly min: number;
  readonly max: number;
}

export type Numbers = readonly number[] | Drawn;

export type Flag =
  | "ThresholdExact"
  | "ExtremeActivation"
  | "EveryLeaf"
  | "PaddedOutputs"
  | "OneGroup"
  | "ManyCodebooks"
  | "Saturation"
  | "RoundTie"
  | "ExtremeShift"
  | "Chain"
  | "LargestInput";

export interface CaseLayer {
  /** The file's, if not given. */
  readonly operator?: Layer["operator"];
  readonly inputs: number;
  readonly outputs: number;
  readonly codebooks: number;
  readonly splitDims: Numbers;
  readonly thresholds: Numbers;
  readonly tables: Numbers;
  readonly bias: Numbers;
  readonly shift: Numbers;
}

export interface Case {
  readonly id: string;
  readonly comment: string;
  readonly flags: readonly Flag[];
  readonly inputType: InputType;
  readonly layers: readonly CaseLayer[];
  readonly inputs: readonly Numbers[];
}

export interface Vector extends Case {
  /** Outputs of the last layer, one row an input: by the definition. */
  readonly outputs: readonly (readonly number[])[];
}

export interface VectorFile {
  readonly schema: 1;
  readonly operator: Layer["operator"];
  readonly vectors: readonly Vector[];
}

export function expand(numbers: Numbers, length: number): number[] {
  if (!("seed" in numbers)) {
    if (numbers.length !== length) throw new Error(`${numbers.length} numbers, expected ${length}`);
    return [...numbers];
  }
  let state = numbers.seed;
  return Array.from({ length }, () => {
    state = xorshift32(state);
    return numbers.min + (state % (numbers.max - numbers.min + 1));
  });
}

/** The case as a program. */
export function toProgram(operator: Layer["operator"], { inputType, layers }: Case): Program {
  return {
    inputType,
    layers: layers.map((l) => ({
      operator: l.operator ?? operator,
      inputs: l.inputs,
      outputs: l.outputs,
      codebooks: l.codebooks,
      splitDims: Uint16Array.from(expand(l.splitDims, l.codebooks * 4)),
      thresholds: Int16Array.from(expand(l.thresholds, l.codebooks * 15)),
      tables: Int8Array.from(expand(l.tables, l.codebooks * 16 * l.outputs)),
      bias: Int32Array.from(expand(l.bias, l.outputs)),
      shift: Uint8Array.from(expand(l.shift, l.outputs)),
    })),
  };
}

/** The inputs of a case, [inputs of layer 0] each. */
export const toInputs = (vector: Case): number[][] =>
  vector.inputs.map((input) => expand(input, vector.layers[0].inputs));
