// What must hold before an operator of comparison trees may run a step: see assembly/check.ts.
import {
  ENCODER_BYTES,
  ENCODER_SPLIT_DIM_AT,
  MADDNESS_LEAVES,
  MADDNESS_LEVELS,
  STEP_CODEBOOKS_AT,
  STEP_PARAMETER_OFFSET_AT,
  STEP_TABLE_OFFSET_AT,
} from "./generated/spec";
import { within } from "./range";

/**
 * Encoders lie in the parameter section, tables in the table section, and every split dimension names
 * an input of the step.
 * @param parameterBytes size of the parameter section
 * @param tableBytes size of the table section
 * @param inputs D of the step
 * @param rowBytes of the table, at most 1024: no product below can wrap
 */
export function trees_are_sound(
  step: usize,
  device: usize,
  parameterBytes: u32,
  tableBytes: u32,
  inputs: u32,
  rowBytes: u32,
): bool {
  const codebooks = <u32>load<u16>(step, STEP_CODEBOOKS_AT);
  const parameterAt = load<u32>(step, STEP_PARAMETER_OFFSET_AT);
  const tableAt = load<u32>(step, STEP_TABLE_OFFSET_AT);
  if (
    !codebooks ||
    parameterAt & 3 ||
    tableAt & 7 ||
    !within(parameterAt, codebooks * ENCODER_BYTES, parameterBytes) ||
    !within(tableAt, codebooks * rowBytes * MADDNESS_LEAVES, tableBytes)
  ) {
    return false;
  }
  let record = device + <usize>parameterAt;
  const end = record + <usize>(codebooks * ENCODER_BYTES);
  for (; record < end; record += ENCODER_BYTES) {
    for (let t: usize = 0; t < <usize>MADDNESS_LEVELS; t++) {
      if (<u32>load<u16>(record + (t << 1), ENCODER_SPLIT_DIM_AT) >= inputs) return false;
    }
  }
  return true;
}
