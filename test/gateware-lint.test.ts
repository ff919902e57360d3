import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runYosys } from "@yowasp/yosys";
import { describe, expect, test } from "vitest";
import { readGateware } from "../host/board/gateware.ts";
import { packageRoot } from "../host/package-root.ts";

const bridge = join(packageRoot, "firmware-bridge");
const sources = readdirSync(join(bridge, "gateware")).filter((name) => name.endsWith(".v"));
const verilator = spawnSync("verilator", ["--version"]).status === 0;

describe("the gateware", () => {
  test("should hold one module a file, named as the file", () => {
    for (const name of sources) {
      const text = readFileSync(join(bridge, "gateware", name), "utf8");
      const modules = [...text.matchAll(/^module (\w+)/gm)].map((m) => m[1]);
      expect(modules).toEqual([name.replace(".v", "")]);
    }
  });

  test("should pass Yosys' check: no loops, no undriven or doubly driven wires", async () => {
    const { files } = readGateware();
    let log = "";
    const collect = (bytes: Uint8Array | null) => {
      if (bytes) log += new TextDecoder().decode(bytes);
    };
    const read = `read_verilog -I. ${sources.join(" ")}`;
    const script = `${read}; hierarchy -check -top nomul_top; proc; flatten; opt_clean; check -assert`;
    await runYosys(["-q", "-p", script], { ...files }, { stdout: collect, stderr: collect });
    expect(
      log.split("\n").filter((line) => /error|warning: (?!Replacing memory)/i.test(line)),
    ).toEqual([]);
  }, 60_000);

  test.skipIf(!verilator).each([
    ["with tables in SPRAM", []],
    [
      "with tables in block RAM",
      ["-GLANES=16", "-GOUTPUTS=64", "-GTABLE_BYTES=8192", "-GPARAMETER_BYTES=4096"],
    ],
  ])(
    `%s should be lint-clean under verilator -Wall${verilator ? "" : " (absent: Debian package verilator)"}`,
    (_, parameters) => {
      const folder = mkdtempSync(join(tmpdir(), "nomul-lint-"));
      try {
        const flags = ["--lint-only", "-Wall", `-I${join(bridge, "generated")}`, "--Mdir", folder];
        const paths = sources.map((name) => join(bridge, "gateware", name));
        const args = [...flags, "--top-module", "nomul_top", ...parameters, ...paths];
        expect(execFileSync("verilator", args, { encoding: "utf8", stdio: "pipe" })).toBe("");
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
    60_000,
  );
});
