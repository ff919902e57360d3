/** `npm run generate` writes the views of host/spec; with --check it only compares. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { assemblyScript, c, verilog } from "./languages.ts";
import { fillRegions } from "./markdown.ts";
import { assemblyDispatch, hostOperators } from "./registry.ts";

// This file runs as dist/host/generate/main.js.
const root = join(dirname(fileURLToPath(import.meta.url)), "../../..");
const check = process.argv.includes("--check");

const views = new Map<string, string>([
  ["assembly/generated/spec.ts", assemblyScript()],
  ["assembly/generated/dispatch.ts", assemblyDispatch()],
  ["host/generated/operators.ts", hostOperators()],
  ["firmware-bridge/generated/spec.h", c()],
  ["firmware-bridge/generated/spec.vh", verilog()],
]);
for (const name of readdirSync(join(root, "docs")).filter((n) => n.endsWith(".md"))) {
  const file = `docs/${name}`;
  const text = readFileSync(join(root, file), "utf8");
  if (text.includes("<!-- generated:")) views.set(file, fillRegions(text, file));
}

let stale = 0;
for (const [file, text] of views) {
  const path = join(root, file);
  if (existsSync(path) && readFileSync(path, "utf8") === text) continue;
  if (check) {
    console.error(`${file} is stale: run "npm run generate" and commit it`);
    stale++;
  } else {
    writeFileSync(path, text);
    console.error(`wrote ${file}`);
  }
}
process.exitCode = stale > 0 ? 1 : 0;
