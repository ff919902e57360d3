import { commands as llvm } from "@yowasp/clang";
import { runYosys } from "@yowasp/yosys";
import { runTool, type Tree, textFile } from "../../host/bitstream/yowasp.ts";
import { engineSources, harnessSource } from "./sources.ts";

const CLANG_FLAGS = [
  "--target=wasm32-wasip1",
  "-std=c++17",
  "-O3",
  "-fno-exceptions",
  "-fno-rtti",
  "-DNDEBUG",
  "-DCXXRTL_ASSERT_DISABLED",
  "-mexec-model=reactor",
  "-Wl,--strip-all",
  "-Iruntime",
  "harness.cc",
  "-o",
  "model.wasm",
];

/** CXXRTL's headers lie inside the npm package of Yosys, in a module without types. */
async function runtimeHeaders(): Promise<Tree> {
  const bundle = import.meta.resolve("@yowasp/yosys");
  const { filesystem } = await import(new URL("resources-yosys.js", bundle).href);
  return filesystem.share.include.backends.cxxrtl.runtime;
}

/**
 * The plain engine as Wasm: Yosys makes C++ of the Verilog that is synthesised, clang makes Wasm of it.
 * @throws ToolError with the end of the tool's log
 */
export async function buildModel(dsp: boolean): Promise<WebAssembly.Module> {
  const verilog = engineSources();
  const names = Object.keys(verilog).filter((name) => /^(mac_.*|table_memory)\.v$/.test(name));
  const script = [
    `read_verilog -I. ${names.join(" ")}`,
    // The hierarchy matters to synthesis only.
    "setattr -mod -unset keep_hierarchy *",
    `hierarchy -check -top mac_core -chparam DSP ${dsp ? 1 : 0}`,
    "proc; flatten; opt; memory -nomap; opt_clean; splitnets -driver",
    "write_cxxrtl -g0 -O6 model.cc",
  ].join("; ");
  const yosys = await runTool("Yosys", runYosys, ["-q", "-p", script], { ...verilog });
  const clang = await runTool("clang", llvm["clang++"], CLANG_FLAGS, {
    runtime: await runtimeHeaders(),
    "model.cc": textFile(yosys, "model.cc"),
    "harness.cc": harnessSource(),
  });
  return new WebAssembly.Module(clang["model.wasm"] as Uint8Array<ArrayBuffer>);
}
