// Entry of the device build: scalar, no imports, no static data. Microcontrollers run these bytes.
export { program_check } from "./check";
export { crc32c_update } from "./crc32c";
export { program_load, program_output_elements, program_outputs, program_run } from "./program";
export { selftest_next, selftest_run } from "./selftest";
