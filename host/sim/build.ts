import { fork } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type Gateware, gatewareParameters, readGateware } from "../board/gateware.ts";
import type { Board } from "../board/schema.ts";
import { compiledModule } from "../compiled-module.ts";
import { NomulError } from "../errors.ts";
import { packageRoot } from "../package-root.ts";
import { withLock } from "./lock.ts";
import type { ToolchainMessage, ToolchainRequest } from "./toolchain.ts";

export interface BuildOptions {
  readonly onProgress?: ((text: string) => void) | undefined;
  /** Sources instead of the package's own. */
  readonly gateware?: Gateware | undefined;
}

export interface BuiltSimulator {
  /** The .wasm file. */
  readonly path: string;
  /** False when it was in the cache. */
  readonly built: boolean;
}

/** NOMUL_CACHE_DIR serves installations whose own folder cannot be written. */
const cacheFolder = () => process.env.NOMUL_CACHE_DIR ?? join(packageRoot, "build", "sim");

/** Version of an installed package, also of one that does not export its package.json. */
function versionOf(name: string): string {
  let folder = dirname(createRequire(import.meta.url).resolve(name));
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).version;
}

/** Everything the Wasm depends on; changes of any of it give another file name. */
function fingerprint(request: Omit<ToolchainRequest, "output">): string {
  const folder = dirname(compiledModule("sim/toolchain"));
  const scripts = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /^(toolchain|arrays|model-file|netlist.*)\.js$/.test(name))
    .sort()
    .map((name) => readFileSync(join(folder, name), "utf8"));
  const tools = ["@yowasp/yosys", "binaryen"].map(versionOf);
  const content = JSON.stringify([request, scripts, tools]);
  return createHash("sha256").update(content).digest("hex").slice(0, 16);
}

function runToolchain(
  request: ToolchainRequest,
  onProgress?: (text: string) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = fork(compiledModule("sim/toolchain"), [], {
      execArgv: [],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    let errors = "";
    let done = false;
    const fail = (tool: string, log: string) =>
      reject(
        new NomulError("E_BUILD_FAILED", `the simulator was not built: ${tool} says\n${log}`, {
          where: tool,
          next: "If the gateware is unchanged, this is a defect of nomul: report it with this log.",
        }),
      );
    child.stderr?.on("data", (bytes) => {
      errors = (errors + bytes).slice(-2000);
    });
    child.on("message", (message: ToolchainMessage) => {
      if (message.kind === "progress") onProgress?.(message.text);
      else if (message.kind === "failed") fail(message.tool, message.log);
      else done = true;
    });
    child.on("error", (error) => fail("toolchain", error.message));
    child.on("close", (code, signal) => {
      if (done) resolve();
      else fail("toolchain", errors || `it ended with ${signal ?? `exit code ${code}`}`);
    });
    child.send(request);
  });
}

/**
 * Builds the simulator of a board from its real gateware, or takes it from the cache. Processes that
 * want the same simulator at the same time build it once. The first build takes seconds.
 * @throws NomulError E_BUILD_FAILED with the last lines of the tool's log; E_FILE_WRITE if the cache
 *   folder cannot be written
 */
export async function buildSimulator(
  board: Board,
  options: BuildOptions = {},
): Promise<BuiltSimulator> {
  const gateware = options.gateware ?? readGateware();
  const { divisor } = board.simulation;
  const request = {
    verilog: gateware.files,
    parameters: gatewareParameters(board, divisor, gateware.firmware),
    divisor,
    clockHz: board.clock.hz,
    engine: options.gateware ? undefined : board.engine,
  };
  const folder = cacheFolder();
  const path = join(folder, `${board.id}-${fingerprint(request)}.wasm`);
  if (existsSync(path)) return { path, built: false };
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw new NomulError("E_FILE_WRITE", "the folder for built simulators cannot be made", {
      where: folder,
      next: "Set NOMUL_CACHE_DIR to a folder you may write.",
      cause,
    });
  }
  return withLock(`${path}.lock`, async () => {
    if (existsSync(path)) return { path, built: false };
    options.onProgress?.(`building the simulator of ${board.name}, once`);
    await runToolchain({ ...request, output: path }, options.onProgress);
    return { path, built: true };
  });
}
