import { runYosys } from "@yowasp/yosys";
import { NomulError } from "../../host/errors.ts";

const LOG_LINES = 15;

/**
 * Runs a script in npm's Yosys.
 * @param files name → text, in the folder where the script runs
 * @returns the log
 * @throws NomulError E_BUILD_FAILED with the log's last lines
 */
export async function yosys(
  script: string,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const decoder = new TextDecoder();
  let log = "";
  const collect = (bytes: Uint8Array | null) => {
    if (bytes) log += decoder.decode(bytes, { stream: true });
  };
  try {
    await runYosys(["-p", script], { ...files }, { stdout: collect, stderr: collect });
  } catch {
    // What it throws carries every input file.
    throw new NomulError("E_BUILD_FAILED", log.trim().split("\n").slice(-LOG_LINES).join("\n"), {
      where: "Yosys",
      next: "Compare the names of modules and registers with those in firmware-bridge/formal.",
    });
  }
  return log;
}
