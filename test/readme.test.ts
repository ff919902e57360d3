import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { packageRoot } from "../host/package-root.ts";

const run = promisify(execFile);
const readme = readFileSync(join(packageRoot, "README.md"), "utf8");

/** Small data of the example's shapes, in place of the reader's own. */
const data = `
const pixels = Uint8Array.from({ length: 400 * 784 }, (_, i) => (i * 2654435761) >>> 24);
const labels = Uint8Array.from({ length: 400 }, (_, i) => i % 10);
`;

test("the README's library example should run as it stands and print that all is equal", async () => {
  const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  expect(code).toContain("verifyDevice");
  // Inside the package, so that "nomul" is the package itself, built as users get it.
  const folder = join(packageRoot, "build", `readme-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  try {
    const file = join(folder, "example.mjs");
    writeFileSync(file, code.replace(/\n\n/, `\n${data}\n`));
    const { stdout } = await run(process.execPath, [file]);
    expect(stdout).toContain("ok: true");
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 120_000);

test("the README's two commands should be the package's own scripts", () => {
  const { scripts } = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8"));
  for (const [, name] of readme.matchAll(/^ {4}npm ci && npm (?:run )?(\w+)/gm)) {
    expect(Object.keys(scripts)).toContain(name);
  }
});
