/** Time to the first result and bytes of runtime of each contestant. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Random } from "../../host/fit/random.ts";
import { packImage } from "../../host/index.ts";
import { packageRoot } from "../../host/package-root.ts";
import { thousands } from "../../host/report/table.ts";
import { batchWasm } from "../../host/runtime/batch-kernels.ts";
import { drawnLayer } from "./layer.ts";
import { spread } from "./paired.ts";
import { ortBytes, tfjsBytes } from "./peers.ts";

const ROUNDS = 9;
const here = dirname(fileURLToPath(import.meta.url));

/** Bytes of a module and of all it imports, packages and Node's own left out. */
function moduleBytes(path: string, seen = new Set<string>()): number {
  if (seen.has(path)) return 0;
  seen.add(path);
  const text = readFileSync(path, "utf8");
  const imports = [...text.matchAll(/from "(\.[^"]+)"/g)].map((m) => resolve(dirname(path), m[1]));
  return imports.reduce((sum, next) => sum + moduleBytes(next, seen), text.length);
}

/** @returns rows of a table: contestant, milliseconds, bytes of Wasm, bytes of JavaScript */
export function startUp(): string[][] {
  const image = join(packageRoot, "build", "bench-speed", "layer.nomul");
  const layers = [drawnLayer(new Random(1), [512, 100, 16])];
  writeFileSync(image, packImage({ inputType: "u8", layers }, { manifest: { tool: "bench" } }));
  const host = join(packageRoot, "dist", "host");
  const seen = new Set<string>();
  const ours = {
    wasm: batchWasm().length,
    js:
      moduleBytes(join(host, "runtime", "batch.js"), seen) +
      moduleBytes(join(host, "image", "read.js"), seen),
  };
  const bytes = { nomul: ours, ort: ortBytes(), tfjs: tfjsBytes() };
  const names = ["nomul", "ort", "tfjs"] as const;
  const times = { nomul: [] as number[], ort: [] as number[], tfjs: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of names) {
      const script = join(here, "first-result.js");
      times[name].push(Number(execFileSync(process.execPath, [script, name, image])));
    }
  }
  return names.map((name) => {
    const { median, quartiles } = spread(times[name]);
    return [
      name,
      `${median.toFixed(0)} (${quartiles.map((q) => q.toFixed(0)).join("..")})`,
      thousands(bytes[name].wasm),
      thousands(bytes[name].js),
    ];
  });
}
