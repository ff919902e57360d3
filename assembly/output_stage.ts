// The output stage that all linear operators share: host/reference/maddness.ts `requantise`.
import {
  ACTIVATION_MAX,
  ACTIVATION_MIN,
  OUTPUT_STAGE_BIAS_AT,
  OUTPUT_STAGE_BYTES,
  OUTPUT_STAGE_SHIFT_AT,
} from "./generated/spec";

/**
 * y = sat16(((acc + bias) + round) >> shift)
 * @param records output stage records, or 0 when bias = shift = 0 for all outputs
 * @param accumulators i32 [outputs8]
 * @param y i16 [outputs8], written
 */
export function output_stage(records: usize, accumulators: usize, y: usize, outputs8: u32): void {
  const end = y + ((<usize>outputs8) << 1);
  if (!records) {
    for (; y < end; accumulators += 4, y += 2) store_activation(y, load<i32>(accumulators));
    return;
  }
  for (; y < end; accumulators += 4, y += 2, records += OUTPUT_STAGE_BYTES) {
    const shift = <i32>load<u8>(records, OUTPUT_STAGE_SHIFT_AT);
    // (1 << shift) >> 1 is the rounding constant, and 0 for shift 0; unsigned, for shift 31.
    const round = <i32>(((<u32>1) << shift) >>> 1);
    const acc = load<i32>(accumulators) + load<i32>(records, OUTPUT_STAGE_BIAS_AT) + round;
    store_activation(y, acc >> shift);
  }
}

function store_activation(y: usize, value: i32): void {
  store<i16>(y, <i16>min(max(value, ACTIVATION_MIN), ACTIVATION_MAX));
}
