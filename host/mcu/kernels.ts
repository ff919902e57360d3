import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { NomulError } from "../errors.ts";
import { deviceWasm } from "../runtime/wasm.ts";
import { runTool } from "./tools.ts";

/** The kernels as C: a header with their prototypes, and their functions. */
export interface KernelSources {
  readonly header: string;
  readonly source: string;
}

const unknownOutput = (what: string) =>
  new NomulError("E_BUILD_FAILED", `wasm2c's output has no ${what}`, {
    where: "wasm2c",
    next: "Use wasm2c 1.0.32, as in Debian 12's package wabt; others write other C.",
  });

/** The text between two marks. @throws NomulError E_BUILD_FAILED */
function between(text: string, start: RegExp, end: RegExp, what: string): string {
  const from = text.search(start);
  const length = text.slice(Math.max(from, 0)).search(end);
  if (from < 0 || length < 0) throw unknownOutput(what);
  return text.slice(from, from + length);
}

/**
 * Takes the functions out of what wasm2c (1.0.32) wrote, and nothing else: its own memory, traps and
 * tables need a C library and cost a 64-bit comparison an access. The functions keep every statement;
 * only how memory is named changes: `i32_load(&instance->w2c_memory, (u64)(a) + 16u)` becomes
 * `i32_load(a, 16u)`, which firmware-bridge/mcu/memory.h defines.
 * @param c output of `wasm2c device.wasm -n device`
 * @throws NomulError E_BUILD_FAILED if the output is not of the form that is known
 */
export function kernelSources(c: string): KernelSources {
  const prototypes = between(
    c,
    /^static (u32|void) w2c_/m,
    /^static void init_memories/m,
    "kernel",
  );
  const afterInit = c.slice(c.indexOf("static void init_memories"));
  const functions = between(
    afterInit,
    /^static (u32|void) w2c_/m,
    /^\/\* export: 'memory' \*\//m,
    "exported memory",
  );
  const source = `${prototypes}${functions}`
    .replace(/&instance->w2c_memory, \(u64\)\((\w+)\) \+ (\d+u)/g, "$1, $2")
    .replace(/&instance->w2c_memory, \(u64\)\((\w+)\)/g, "$1, 0u")
    .replace(/Z_device_instance_t\*( instance)?,? ?/g, "")
    .replace(/\(instance(, )?/g, "(")
    .replace(/Z_deviceZ_/g, "nomul_");
  if (/instance|u64|f32|f64|TRAP/.test(source)) throw unknownOutput("plain 32-bit functions");
  const exported = [...source.matchAll(/^(?:u32|void) nomul_\w+\([^)]*\)/gm)].map(([p]) => p);
  if (exported.length === 0) throw unknownOutput("exports");
  const banner = "// Generated from device.wasm by wasm2c and nomul. Do not edit.\n";
  return {
    header: `${banner}#ifndef NOMUL_KERNELS_H
#define NOMUL_KERNELS_H
#include "memory.h"

${exported.map((prototype) => `${prototype.replace(/w2c_p/g, "p")};`).join("\n")}

#endif
`,
    source: `${banner}#include "kernels.h"\n\n${source}`,
  };
}

/**
 * The kernels of device.wasm as C.
 * @param folder to work in; device.wasm is left there
 * @throws NomulError E_TOOL_MISSING, E_BUILD_FAILED
 */
export async function generateKernels(folder: string): Promise<KernelSources> {
  writeFileSync(join(folder, "device.wasm"), deviceWasm());
  // Without -o it writes to stdout, so that a file it cannot open is no silent success.
  return kernelSources(await runTool("wasm2c", ["device.wasm", "-n", "device"], folder));
}
