import { accumulateDefinition, type Layer } from "../generated/operators.ts";
import { outputStage } from "./output-stage.ts";

export type InputType = "u8" | "i8" | "i16";

/** A network of integer operators: each layer reads the outputs of the one before. */
export interface Program {
  readonly inputType: InputType;
  readonly layers: readonly Layer[];
}

/** Smallest and largest input of each type. */
export const inputRange: Readonly<Record<InputType, readonly [number, number]>> = {
  u8: [0, 255],
  i8: [-128, 127],
  i16: [-32768, 32767],
};

/**
 * The definition of a program.
 * @param input [D] of layer 0, within the input type's range
 * @returns the outputs of every layer, i16 [M] each; the last is the result
 */
export function inferProgram(program: Program, input: ArrayLike<number>): Int16Array[] {
  let x: Int16Array = Int16Array.from(input);
  return program.layers.map((layer) => {
    x = outputStage(layer, accumulateDefinition(layer, x));
    return x;
  });
}
