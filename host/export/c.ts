import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TableImage } from "../image/read.ts";
import { generateKernels, type KernelSources } from "../mcu/kernels.ts";
import { packageRoot } from "../package-root.ts";
import { memoryPlan } from "../runtime/memory-plan.ts";
import { banner, define, type ExportedFiles, inputCType, modelDefines } from "./header.ts";

const firmware = (path: string) =>
  readFileSync(join(packageRoot, "firmware-bridge", path), "utf8").replace(
    // In one file there is nothing of its own left to include.
    /^#include "(?!nomul\.h").*\n/gm,
    "",
  );

/** Bytes as the inside of a C array. */
function cBytes(bytes: Uint8Array): string {
  const lines = [];
  for (let at = 0; at < bytes.length; at += 24) {
    lines.push(`  ${[...bytes.subarray(at, at + 24)].join(",")},`);
  }
  return lines.join("\n");
}

const header = (image: TableImage, origin: string): string => `${origin}
#ifndef NOMUL_H
#define NOMUL_H

#include <stdint.h>

${modelDefines(image).join("\n")}

typedef ${inputCType[image.program.inputType]} nomul_input;

#ifdef __cplusplus
extern "C" {
#endif

// Checks the model. Call it once, before all else. 0: ready; -1: the model is damaged.
int nomul_start(void);

// One inference: input [NOMUL_INPUTS] -> output [NOMUL_OUTPUTS]. 0, or -1 without a nomul_start that
// returned 0. Neither reentrant nor safe in two threads at once.
int nomul_infer(const nomul_input *input, int16_t *output);

// CRC-32C over the outputs of count inferences on inputs made from seed, which is not 0: what a board's
// SELFTEST gives for this image. 0 without a nomul_start that returned 0.
uint32_t nomul_selftest(uint32_t seed, uint32_t count);

#ifdef __cplusplus
}
#endif

#endif
`;

/** Kernels, memory and functions in one file. */
function amalgam(image: TableImage, origin: string, kernels: KernelSources): string {
  const plan = memoryPlan(image);
  const own = (text: string) => text.replace(/^#include "(memory|kernels)\.h"\n/gm, "");
  return `${origin}
// Options of the compiler:
//   -DNOMUL_IN_PLACE   on 32-bit processors: tables stay in flash, nothing of them is copied to RAM
//   -DNOMUL_CHECKED=1  every access of the kernels is bounded, at nearly twice the time
#ifndef NOMUL_CHECKED
#define NOMUL_CHECKED 0
#endif
#include "nomul.h"

${define("DEVICE_AT", plan.device)}
${define("ARENA_AT", plan.arena)}
${define("ACCUMULATORS_AT", plan.accumulators)}
${define("INPUT_AT", plan.input)}
${define("MEMORY_BYTES", plan.bytes)}

${firmware("mcu/memory.h")}
${own(kernels.header)}
${own(kernels.source)}
${firmware("mcu/trap.h")}
${firmware("mcu/trap.c")}
${firmware("embed/nomul.c").replace('#include "nomul.h"\n', "")}`;
}

/**
 * An image as C for any firmware: nomul.h, nomul.c (the kernels of device.wasm through wasm2c) and
 * nomul_model.c (the image's device part).
 * @param name of the image, for the files' first lines
 * @throws NomulError E_TOOL_MISSING without wasm2c, naming the Debian package; E_BUILD_FAILED
 */
export async function exportC(image: TableImage, name: string): Promise<ExportedFiles> {
  const origin = banner(`nomul export c from ${name}`);
  const folder = mkdtempSync(join(tmpdir(), "nomul-export-"));
  try {
    const kernels = await generateKernels(folder);
    return {
      "nomul.h": header(image, origin),
      "nomul.c": amalgam(image, origin, kernels),
      "nomul_model.c": `${origin}
#include "nomul.h"

extern const uint8_t nomul_model[NOMUL_DEVICE_BYTES];
const uint8_t nomul_model[NOMUL_DEVICE_BYTES] __attribute__((aligned(8))) = {
${cBytes(image.device)}
};
`,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
