import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readGateware } from "../../host/board/gateware.ts";
import { packageRoot } from "../../host/package-root.ts";

const folder = join(packageRoot, "bench", "mac");

/** Both engines: file name → Verilog. */
export function engineSources(): Record<string, string> {
  const gateware = join(folder, "gateware");
  return {
    ...readGateware().files,
    ...Object.fromEntries(
      readdirSync(gateware).map((name) => [name, readFileSync(join(gateware, name), "utf8")]),
    ),
  };
}
