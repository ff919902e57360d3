// Child process that turns gateware into Wasm. A process of its own, because Yosys and clang need
// 1 GB of memory for a few seconds and must not stop the caller's event loop.
import { renameSync, writeFileSync } from "node:fs";
import { commands as llvm } from "@yowasp/clang";
import { runYosys } from "@yowasp/yosys";
import type { Board } from "../board/schema.ts";
import { fastModel, fastRuntime, ModelError, memoryMap, pinMap } from "./model.ts";
import { phaseMap } from "./phases.ts";

/** Verilog and C++ in, one .wasm file out. */
export interface ToolchainRequest {
  readonly verilog: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
  /** Files of firmware-bridge/sim; harness.cc is the one to compile. */
  readonly harness: Readonly<Record<string, string>>;
  readonly divisor: number;
  readonly clockHz: number;
  readonly engine: Board["engine"];
  /** Unchanged CXXRTL, both clock edges stepped: slow, for comparison. */
  readonly reference: boolean;
  /** The .wasm file; written under another name beside it and renamed. */
  readonly output: string;
}

export type ToolchainMessage =
  | { readonly kind: "progress"; readonly text: string }
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly tool: string; readonly log: string };

type Tree = { [name: string]: Tree | string | Uint8Array };
type Run = (args: string[], files: Tree, options: object) => Promise<Tree> | Tree | undefined;

const LOG_LINES = 15;

class ToolError extends Error {
  readonly tool: string;

  constructor(tool: string, log: string) {
    super(log);
    this.tool = tool;
  }
}

/** An exit of a YoWASP tool carries all its files: only the last lines of its log are kept. */
async function run(tool: string, command: Run, args: string[], files: Tree): Promise<Tree> {
  const decoder = new TextDecoder();
  let log = "";
  const collect = (bytes: Uint8Array | null) => {
    if (bytes) log += decoder.decode(bytes, { stream: true });
  };
  try {
    return (await command(args, files, { stdout: collect, stderr: collect })) ?? {};
  } catch (error) {
    const lines = log.trim().split("\n").slice(-LOG_LINES);
    throw new ToolError(tool, lines.join("\n") || String((error as Error).message));
  }
}

function yosysScript({ verilog, parameters }: ToolchainRequest): string {
  const sources = Object.keys(verilog).filter((name) => name.endsWith(".v"));
  const set = Object.entries(parameters).map(([name, value]) => `-chparam ${name} ${value}`);
  return [
    `read_verilog -I. ${sources.join(" ")}`,
    `hierarchy -check -top nomul_top ${set.join(" ")}`,
    "proc",
    "flatten",
    // Without clock-enable inference: the enables cost more to evaluate than the registers they
    // spare (3.1 against 4.1 million cycles a second).
    "opt -nodffe -nosdff",
    "memory -nomap",
    "opt_clean",
    // Splitting nets by driver is what removes feedback arcs that exist only by name.
    "splitnets -driver",
    "write_cxxrtl -g0 -O6 model.cc",
  ].join("; ");
}

/** CXXRTL's headers lie inside the npm package of Yosys, in a module without types. */
async function runtimeHeaders(): Promise<Tree> {
  const bundle = import.meta.resolve("@yowasp/yosys");
  const { filesystem } = await import(new URL("resources-yosys.js", bundle).href);
  return filesystem.share.include.backends.cxxrtl.runtime;
}

const clangFlags = (request: ToolchainRequest): string[] => [
  "--target=wasm32-wasip1",
  "-std=c++17",
  // Compiling is most of a build; the reference is built to be run briefly.
  request.reference ? "-O1" : "-O3",
  "-fno-exceptions",
  "-fno-rtti",
  "-DNDEBUG",
  "-DCXXRTL_ASSERT_DISABLED",
  `-DCLOCK_HZ=${request.clockHz}`,
  ...(request.reference ? ["-DREFERENCE_STEPPING"] : []),
  "-mexec-model=reactor",
  "-Wl,--strip-all",
  "-Iruntime",
  "harness.cc",
  "-o",
  "simulator.wasm",
];

async function build(request: ToolchainRequest, progress: (text: string) => void): Promise<void> {
  progress("Yosys: gateware to C++");
  const yosys = await run("Yosys", runYosys as Run, ["-q", "-p", yosysScript(request)], {
    ...request.verilog,
  });
  const model = String(yosys["model.cc"]);
  const runtime = structuredClone(await runtimeHeaders());
  const headers = runtime.cxxrtl as Tree;
  if (!request.reference) headers["cxxrtl.h"] = fastRuntime(String(headers["cxxrtl.h"]));
  progress("clang: C++ to Wasm");
  const clang = await run("clang", llvm["clang++"] as Run, clangFlags(request), {
    runtime,
    "model.cc": request.reference ? model : fastModel(model),
    "model.h":
      memoryMap(model, request.engine, !request.reference) +
      pinMap(model, request.divisor) +
      (request.reference ? "" : phaseMap(model, request.engine.lanes)),
    ...request.harness,
  });
  const temporary = `${request.output}.${process.pid}`;
  writeFileSync(temporary, clang["simulator.wasm"] as Uint8Array);
  renameSync(temporary, request.output);
}

const send = (message: ToolchainMessage) => process.send?.(message);

process.once("message", async (request: ToolchainRequest) => {
  try {
    await build(request, (text) => send({ kind: "progress", text }));
    send({ kind: "done" });
  } catch (error) {
    const tool =
      error instanceof ToolError ? error.tool : error instanceof ModelError ? "model" : "toolchain";
    send({ kind: "failed", tool, log: (error as Error).message });
  }
  process.disconnect();
});
