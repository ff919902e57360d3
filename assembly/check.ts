// Says whether an image may be run: every offset, length and bound that the kernels use, once, at load.
import { check_step } from "./generated/dispatch";
import {
  INPUT_I16,
  OUTPUT_GROUP,
  OUTPUT_STAGE_BYTES,
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
  STEP_INPUT_ELEMENTS_AT,
  STEP_INPUT_OFFSET_AT,
  STEP_OUTPUT_ELEMENTS_AT,
  STEP_OUTPUT_OFFSET_AT,
  STEP_OUTPUT_STAGE_OFFSET_AT,
  STEP_REQUANTISE,
} from "./generated/spec";
import { within } from "./range";

/** Output stage records lie in the table section, if the step has them. */
function stage_is_sound(step: usize, tableBytes: u32, outputs8: u32): bool {
  const flags = <u32>load<u16>(step, STEP_FLAGS_AT);
  if (flags & ~STEP_REQUANTISE) return false;
  if (!flags) return true;
  const at = load<u32>(step, STEP_OUTPUT_STAGE_OFFSET_AT);
  return !(at & 7) && within(at, outputs8 * OUTPUT_STAGE_BYTES, tableBytes);
}

/**
 * With STATUS_OK, program_load, program_run and selftest_run read only [device, device + deviceBytes),
 * the arena, the inputs and the accumulators, write only the last three without the inputs, and access
 * all of them aligned: docs/mcu.md has the reasoning.
 * @param device multiple of 8
 * @param deviceBytes size of the device part; this function reads nothing outside it either
 * @param arenaElements i16 elements of the arena, at most 65535
 * @param outputs accumulators there are, 8..1024, a multiple of 8
 * @returns STATUS_OK or STATUS_OUT_OF_RANGE
 */
export function program_check(
  device: usize,
  deviceBytes: u32,
  arenaElements: u32,
  outputs: u32,
): i32 {
  if (deviceBytes < <u32>PROGRAM_HEADER_BYTES) return STATUS_OUT_OF_RANGE;
  const steps = <u32>load<u16>(device, PROGRAM_HEADER_STEP_COUNT_AT);
  const tableOffset = load<u32>(device, PROGRAM_HEADER_TABLE_OFFSET_AT);
  const inputAt = <u32>load<u16>(device, PROGRAM_HEADER_INPUT_OFFSET_AT);
  const inputs = <u32>load<u16>(device, PROGRAM_HEADER_INPUT_ELEMENTS_AT);
  const outputAt = <u32>load<u16>(device, PROGRAM_HEADER_OUTPUT_OFFSET_AT);
  const outputElements = <u32>load<u16>(device, PROGRAM_HEADER_OUTPUT_ELEMENTS_AT);
  if (
    !steps ||
    tableOffset & 7 ||
    !within(PROGRAM_HEADER_BYTES, steps * STEP_BYTES, tableOffset) ||
    tableOffset > deviceBytes ||
    <i32>load<u16>(device, PROGRAM_HEADER_INPUT_TYPE_AT) > INPUT_I16 ||
    !within(inputAt, inputs, arenaElements) ||
    !within(outputAt, outputElements, arenaElements)
  ) {
    return STATUS_OUT_OF_RANGE;
  }
  const tableBytes = deviceBytes - tableOffset;
  let step = device + PROGRAM_HEADER_BYTES;
  const end = step + <usize>(steps * STEP_BYTES);
  for (; step < end; step += STEP_BYTES) {
    const D = <u32>load<u16>(step, STEP_INPUT_ELEMENTS_AT);
    const M = <u32>load<u16>(step, STEP_OUTPUT_ELEMENTS_AT);
    const outputs8 = (M + (OUTPUT_GROUP - 1)) & -OUTPUT_GROUP;
    if (
      !M ||
      outputs8 > outputs ||
      !within(load<u16>(step, STEP_INPUT_OFFSET_AT), D, arenaElements) ||
      !within(load<u16>(step, STEP_OUTPUT_OFFSET_AT), outputs8, arenaElements) ||
      !stage_is_sound(step, tableBytes, outputs8) ||
      !check_step(step, device, tableOffset, tableBytes, D, outputs8)
    ) {
      return STATUS_OUT_OF_RANGE;
    }
  }
  return STATUS_OK;
}
