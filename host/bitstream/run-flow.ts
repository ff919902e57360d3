import { fork } from "node:child_process";
import { join } from "node:path";
import { NomulError } from "../errors.ts";
import { packageRoot } from "../package-root.ts";
import type {
  FlowMessage,
  Netlist,
  Placement,
  PlacementRequest,
  SynthesisRequest,
} from "./flow.ts";

/** The child's JavaScript: also when the tests run the TypeScript sources, Node needs that of dist/. */
export const flowModule = join(packageRoot, "dist", "host", "bitstream", "flow.js");

/** Names of nextpnr for what a chip may have too little of. */
const cellNames: Readonly<Record<string, string>> = {
  ICESTORM_LC: "logic cells",
  ICESTORM_RAM: "block RAM",
  ICESTORM_SPRAM: "SPRAM",
};

/** The error of a tool that ended with one; its log's last lines say why. */
function failure(tool: string, log: string): NomulError {
  const lacking = /no BELs remaining to implement cell type '?(\w+)/.exec(log)?.[1];
  if (lacking !== undefined) {
    const what = cellNames[lacking] ?? lacking;
    return new NomulError("E_BOARD_UNFIT", `the chip has too little for this gateware: ${what}`, {
      where: tool,
      next: "With --bake: choose a smaller image, or flash it instead. Else the board file asks too much (engine).",
    });
  }
  return new NomulError("E_BUILD_FAILED", `there is no bitstream: ${tool} says\n${log}`, {
    where: tool,
    next: "If gateware and board file are unchanged, this is a defect of nomul: report it with this log.",
  });
}

/** A stage under way. */
export interface Stage<Result> {
  /** @throws NomulError E_BUILD_FAILED with the last lines of the tool's log, E_BOARD_UNFIT */
  readonly result: Promise<Result>;
  /** Ends the child process; `result` then rejects, which nobody needs to wait for. */
  stop(): void;
}

export function startStage(request: SynthesisRequest): Stage<Netlist>;
export function startStage(request: PlacementRequest): Stage<Placement>;
export function startStage(
  request: SynthesisRequest | PlacementRequest,
): Stage<Netlist | Placement> {
  // "advanced" carries a bitstream's bytes as they are.
  const child = fork(flowModule, [], {
    execArgv: [],
    serialization: "advanced",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const result = new Promise<Netlist | Placement>((resolve, reject) => {
    let errors = "";
    const fail = (tool: string, log: string) => reject(failure(tool, log));
    child.stderr?.on("data", (bytes) => {
      errors = (errors + bytes).slice(-2000);
    });
    child.on("message", (message: FlowMessage) => {
      if (message.kind === "failed") fail(message.tool, message.log);
      else resolve(message.result);
    });
    child.on("error", (error) => fail("toolchain", error.message));
    // Rejecting after the result has come changes nothing.
    child.on("close", (code, signal) =>
      fail("toolchain", errors || `it ended with ${signal ?? `exit code ${code}`}`),
    );
    child.send(request);
  });
  // A stopped stage's rejection is nobody's; who awaits `result` still hears of it.
  result.catch(() => {});
  return { result, stop: () => child.kill() };
}
