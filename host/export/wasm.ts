import type { TableImage } from "../image/read.ts";
import { memoryPlan, PAGE_BYTES } from "../runtime/memory-plan.ts";
import { deviceWasm } from "../runtime/wasm.ts";
import { banner, define, type ExportedFiles, modelDefines } from "./header.ts";
import { declarePages } from "./memory-pages.ts";

const abi = `/*
 * nomul.wasm imports nothing, has no start function, no table and no static data. It exports its memory,
 * "memory", and functions of i32. Addresses are bytes of that memory; all of it is little-endian.
 *
 *   program_check(device, deviceBytes, arenaElements, outputs) -> status
 *       Once, before anything else is called on a model: every offset in it, against these sizes.
 *   program_load(device, arena, input)
 *       Inputs into the arena.
 *   program_run(device, arena, accumulators, steps) -> status
 *       One inference; steps: how many of the program's, 0 = all.
 *   program_outputs(device, arena) -> address of i16 [NOMUL_OUTPUTS]
 *   program_output_elements(device) -> NOMUL_OUTPUTS
 *   selftest_run(device, arena, accumulators, seed, count) -> CRC-32C
 *       Over the outputs of count inferences on inputs made from seed, which is not 0.
 *   selftest_next(device, arena, accumulators, seed) -> seed of the next inference
 *   crc32c_update(crc, address, length) -> crc
 *
 * A status of NOMUL_STATUS_OK is success. The order is: copy nomul_model.bin to NOMUL_DEVICE_AT,
 * program_check; then for each inference copy inputs to NOMUL_INPUT_AT, program_load, program_run, and
 * read the outputs.
 */
`;

/**
 * What somebody needs to run an image in a Wasm runtime of their own: the kernels with their memory
 * declared, the device part of the image, and a C header with the functions and the memory plan.
 * @param name of the image, for the header's first line
 */
export function exportWasm(image: TableImage, name: string): ExportedFiles {
  const plan = memoryPlan(image);
  const pages = Math.ceil(plan.bytes / PAGE_BYTES);
  const lines = [
    banner(`nomul export wasm from ${name}`),
    "#ifndef NOMUL_ABI_H",
    "#define NOMUL_ABI_H",
    "",
    abi,
    ...modelDefines(image),
    "",
    "// Memory plan: byte addresses.",
    define("DEVICE_AT", plan.device, "nomul_model.bin, NOMUL_DEVICE_BYTES"),
    define("ARENA_AT", plan.arena, "i16 [NOMUL_ARENA_ELEMENTS]"),
    define("ACCUMULATORS_AT", plan.accumulators, "i32 [NOMUL_ACCUMULATORS]"),
    define("INPUT_AT", plan.input, "NOMUL_INPUT_BYTES"),
    define(
      "MEMORY_BYTES",
      plan.bytes,
      "all of it: what a runtime that can do so may limit memory to",
    ),
    define("MEMORY_PAGES", pages, "of 64 KiB, as the module declares them"),
    "",
    "#endif",
    "",
  ];
  return {
    "nomul.wasm": declarePages(deviceWasm(), pages),
    "nomul_model.bin": image.device,
    "nomul_abi.h": lines.join("\n"),
  };
}
