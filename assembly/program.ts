// Walks the program of a table image's device part, in place.
import { accumulate_step } from "./generated/dispatch";
import {
  INPUT_I16,
  INPUT_U8,
  OUTPUT_GROUP,
  PROGRAM_HEADER_BYTES,
  PROGRAM_HEADER_INPUT_ELEMENTS_AT,
  PROGRAM_HEADER_INPUT_OFFSET_AT,
  PROGRAM_HEADER_INPUT_TYPE_AT,
  PROGRAM_HEADER_OUTPUT_ELEMENTS_AT,
  PROGRAM_HEADER_OUTPUT_OFFSET_AT,
  PROGRAM_HEADER_STEP_COUNT_AT,
  PROGRAM_HEADER_TABLE_OFFSET_AT,
  STATUS_OK,
  STATUS_OUT_OF_RANGE,
  STEP_BYTES,
  STEP_FLAGS_AT,
  STEP_INPUT_OFFSET_AT,
  STEP_OUTPUT_ELEMENTS_AT,
  STEP_OUTPUT_OFFSET_AT,
  STEP_OUTPUT_STAGE_OFFSET_AT,
  STEP_REQUANTISE,
} from "./generated/spec";
import { output_stage } from "./output_stage";

/**
 * Widens the inputs of one inference into the arena.
 * @param device device part of a table image
 * @param arena i16 [arenaElements]
 * @param input [inputElements] in the program's input type, little-endian
 */
export function program_load(device: usize, arena: usize, input: usize): void {
  const type = <i32>load<u16>(device, PROGRAM_HEADER_INPUT_TYPE_AT);
  let x = arena + ((<usize>load<u16>(device, PROGRAM_HEADER_INPUT_OFFSET_AT)) << 1);
  const end = x + ((<usize>load<u16>(device, PROGRAM_HEADER_INPUT_ELEMENTS_AT)) << 1);
  if (type === INPUT_I16) {
    for (; x < end; x += 2, input += 2) store<i16>(x, load<i16>(input));
  } else if (type === INPUT_U8) {
    for (; x < end; x += 2, input++) store<i16>(x, load<u8>(input));
  } else {
    for (; x < end; x += 2, input++) store<i16>(x, load<i8>(input));
  }
}

/**
 * Runs the first `steps` steps on the inputs in the arena.
 * @param accumulators i32 [largest M8], scratch
 * @param steps 0 = all
 * @returns STATUS_OK, or STATUS_OUT_OF_RANGE for more steps than the program has or an unknown operator
 */
export function program_run(device: usize, arena: usize, accumulators: usize, steps: u32): i32 {
  const count = <u32>load<u16>(device, PROGRAM_HEADER_STEP_COUNT_AT);
  if (steps > count) return STATUS_OUT_OF_RANGE;
  if (!steps) steps = count;
  const tables = device + <usize>load<u32>(device, PROGRAM_HEADER_TABLE_OFFSET_AT);
  let step = device + PROGRAM_HEADER_BYTES;
  for (; steps; steps--, step += STEP_BYTES) {
    const x = arena + ((<usize>load<u16>(step, STEP_INPUT_OFFSET_AT)) << 1);
    const outputs8 =
      (<u32>load<u16>(step, STEP_OUTPUT_ELEMENTS_AT) + (OUTPUT_GROUP - 1)) & -OUTPUT_GROUP;
    if (!accumulate_step(step, device, tables, x, accumulators, outputs8)) {
      return STATUS_OUT_OF_RANGE;
    }
    output_stage(
      load<u16>(step, STEP_FLAGS_AT) & STEP_REQUANTISE
        ? tables + <usize>load<u32>(step, STEP_OUTPUT_STAGE_OFFSET_AT)
        : 0,
      accumulators,
      arena + ((<usize>load<u16>(step, STEP_OUTPUT_OFFSET_AT)) << 1),
      outputs8,
    );
  }
  return STATUS_OK;
}

/** Address of the program's outputs in the arena, i16 [outputElements]. */
export function program_outputs(device: usize, arena: usize): usize {
  return arena + ((<usize>load<u16>(device, PROGRAM_HEADER_OUTPUT_OFFSET_AT)) << 1);
}

/** Number of outputs. */
export function program_output_elements(device: usize): u32 {
  return load<u16>(device, PROGRAM_HEADER_OUTPUT_ELEMENTS_AT);
}
