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

/** A stage under way. */
export interface Stage<Result> {
  /** @throws NomulError E_BUILD_FAILED with the last lines of the tool's log */
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
    const fail = (tool: string, log: string) =>
      reject(
        new NomulError("E_BUILD_FAILED", `there is no bitstream: ${tool} says\n${log}`, {
          where: tool,
          next: "If gateware and board file are unchanged, this is a defect of nomul: report it with this log.",
        }),
      );
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
