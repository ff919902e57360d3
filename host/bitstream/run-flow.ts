import { fork } from "node:child_process";
import { join } from "node:path";
import { NomulError } from "../errors.ts";
import { packageRoot } from "../package-root.ts";
import type { FlowMessage, FlowRequest, FlowResult } from "./flow.ts";

/** The child's JavaScript: also when the tests run the TypeScript sources, Node needs that of dist/. */
export const flowModule = join(packageRoot, "dist", "host", "bitstream", "flow.js");

/**
 * Runs the tools in a child process.
 * @throws NomulError E_BUILD_FAILED with the last lines of the tool's log
 */
export function runFlow(
  request: FlowRequest,
  onProgress?: (text: string) => void,
): Promise<FlowResult> {
  return new Promise((resolve, reject) => {
    const child = fork(flowModule, [], {
      execArgv: [],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
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
      if (message.kind === "progress") onProgress?.(message.text);
      else if (message.kind === "failed") fail(message.tool, message.log);
      else resolve(message.result);
    });
    child.on("error", (error) => fail("toolchain", error.message));
    // Rejecting after the result has come changes nothing.
    child.on("close", (code, signal) =>
      fail("toolchain", errors || `it ended with ${signal ?? `exit code ${code}`}`),
    );
    child.send(request);
  });
}
