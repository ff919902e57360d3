/** One process: all contenders on one shape, run in turn; figures as JSON on stdout. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { packImage } from "../../host/image/pack.ts";
import { readImage } from "../../host/image/read.ts";
import { packageRoot } from "../../host/package-root.ts";
import { createBatchRuntime } from "../../host/runtime/batch.ts";
import { randomLayer } from "./layer.ts";
import { onnx, type Peer, type Product, tensorflow } from "./peers.ts";

const [which, ...numbers] = process.argv.slice(2);
const [D, M, C, threads, rounds] = numbers.map(Number);
const N = 16384;
/** Of every contender in every round. */
const SHARE_MS = 50;
const product: Product = { N, D, M };
// Node 20 has relaxed SIMD behind this; newer ones know no such flag and need none.
if (process.version.startsWith("v20.")) setFlagsFromString("--experimental-wasm-relaxed-simd");

/** Wasm, and the JavaScript that lays out a program and calls it. */
function nomulBytes(relaxed: boolean): number {
  const scripts = [
    "runtime/batch.js",
    "runtime/batch-layout.js",
    "wasm-threads.js",
    "wasm-worker.js",
  ];
  const files = scripts.map((file) => `dist/host/${file}`);
  files.push(`build/batch${relaxed ? "-relaxed" : ""}.wasm`);
  return files.reduce((sum, file) => sum + statSync(join(packageRoot, file)).size, 0);
}

function nomul(relaxed: boolean): Peer {
  const program = { inputType: "u8" as const, layers: [randomLayer(D, M, C)] };
  const image = readImage(packImage(program, { manifest: { tool: "bench" } }));
  const runtime = createBatchRuntime(image, { relaxed, threads });
  const x = new Uint8Array(N * D);
  for (let i = 0; i < x.length; i++) x[i] = Math.imul(i, 0x9e3779b1) >>> 24;
  const out = new Int16Array(N * M);
  return {
    name: `nomul${runtime.relaxed ? ", relaxed SIMD" : ""}`,
    runtimeBytes: nomulBytes(runtime.relaxed),
    run: async () => {
      if (runtime.infer(x, out).length !== N * M) throw new Error("nomul gave another shape");
    },
  };
}

const all: Readonly<Record<string, () => Peer | Promise<Peer>>> = {
  nomul: () => nomul(false),
  "nomul-relaxed": () => nomul(true),
  "ort-int8": () => onnx(product, "int8", threads),
  "ort-f32": () => onnx(product, "f32", threads),
  "tfjs-f32": () => tensorflow(product, threads),
};
const names = which === "all" ? Object.keys(all) : [which];
const contenders: Peer[] = [];
for (const name of names) contenders.push(await all[name]());
const times = contenders.map((): number[] => []);
for (const { run } of contenders) await run();
/** From the start of the process to the first result of one contender. */
const firstMs = performance.now();
for (const { run } of rounds > 0 ? contenders : []) for (let i = 0; i < 3; i++) await run();
for (let round = 0; round < rounds; round++) {
  for (const [i, { run }] of contenders.entries()) {
    const started = performance.now();
    let calls = 0;
    // As long for each, so that none is measured on the caches that a slower one left behind.
    do {
      await run();
      calls++;
    } while (performance.now() - started < SHARE_MS);
    times[i].push((performance.now() - started) / calls);
  }
}
const figures = contenders.map(({ name, runtimeBytes }, i) => ({
  name,
  runtimeBytes,
  firstMs,
  ms: times[i],
}));
process.stdout.write(JSON.stringify(figures));
process.exit();
