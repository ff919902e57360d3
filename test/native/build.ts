/** Builds native simulators with Verilator, of the gateware or of a netlist, around the harness. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Board } from "../../host/board/schema.ts";
import { NomulError } from "../../host/errors.ts";
import { packageRoot } from "../../host/package-root.ts";

const simFolder = join(packageRoot, "firmware-bridge", "sim");
/** Where Debian's wabt has the runtime of what wasm2c makes. */
const wasm2cRuntime = "/usr/share/wabt/wasm2c";

/** What is missing to build, as the name of Debian's packages; undefined: nothing. */
export function missingTools(): string | undefined {
  const needed = { verilator: "verilator", wasm2c: "wabt", gcc: "gcc", "g++": "g++", make: "make" };
  const missing = Object.entries(needed).filter(
    ([tool]) => spawnSync(tool, ["--version"]).status !== 0,
  );
  if (missing.length === 0) return undefined;
  return `Debian packages ${missing.map(([, name]) => name).join(", ")}`;
}

export interface NativeRequest {
  readonly board: Board;
  /** File name → Verilog; .vh files are includes. nomul_top is the top module. */
  readonly verilog: Readonly<Record<string, string>>;
  /** Parameters of nomul_top; none for a netlist. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Verilator's options besides */
  readonly options?: readonly string[];
  /** Where to build. */
  readonly folder: string;
}

/**
 * Takes seconds for the gateware, about a minute for a netlist.
 * @returns path of the program, for NativeMachine
 * @throws NomulError E_BUILD_FAILED with the end of Verilator's log
 */
export function buildNative({ board, verilog, folder, ...rest }: NativeRequest): string {
  const { parameters = {}, options = [] } = rest;
  // What another version left there would be taken for its own by make.
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(verilog)) writeFileSync(join(folder, name), text);
  run("wasm2c", [join(packageRoot, "build", "sim.wasm"), "-n", "sim", "-o", "sim.c"], folder);
  // By a C compiler: Verilator takes all for C++.
  run(
    "gcc",
    ["-O2", "-w", "-c", "sim.c", join(wasm2cRuntime, "wasm-rt-impl.c"), `-I${wasm2cRuntime}`],
    folder,
  );
  const defines = `-DCLOCK_HZ=${board.clock.hz} -DDIVISOR=${board.simulation.divisor}`;
  const cFlags = `${defines} -I${folder} -I${wasm2cRuntime} -w`;
  const args = [
    ...["--cc", "--exe", "--build", "-O3", "--x-assign", "fast", "--x-initial", "fast"],
    ...["-Wno-fatal", "-Wno-lint", "-Wno-style", "--top-module", "nomul_top"],
    ...["-Mdir", join(folder, "verilated"), `-I${folder}`, "-CFLAGS", cFlags],
    // Initialisation of a netlist's cells, optimised, takes the compiler minutes.
    ...["-MAKEFLAGS", "OPT_FAST=-O1 OPT_GLOBAL=-O1 OPT_SLOW=-O0"],
    ...Object.entries(parameters).map(([name, value]) => `-G${name}=${value}`),
    ...options,
    ...Object.keys(verilog).filter((name) => name.endsWith(".v")),
    ...["native.cc", "verilator_model.cc"].map((name) => join(simFolder, name)),
    ...["sim.o", "wasm-rt-impl.o"].map((name) => join(folder, name)),
  ];
  // Inside the folder, so that coverage names files without a path.
  run("verilator", args, folder);
  return join(folder, "verilated", "Vnomul_top");
}

function run(tool: string, args: readonly string[], folder: string): void {
  try {
    execFileSync(tool, args, { cwd: folder, encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    const { stderr, stdout } = error as { stderr: string; stdout: string };
    throw new NomulError("E_BUILD_FAILED", `${stdout}\n${stderr}`.trim().slice(-2000), {
      where: tool,
      next: "Compare with versions that are known to work: Verilator 5.006, wabt 1.0.32.",
    });
  }
}
