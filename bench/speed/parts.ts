/**
 * `node dist/bench/speed/parts.js`: what the SIMD kernels' parts take alone, on inputs that lie in their
 * memory, beside what the instructions allow.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { packageRoot } from "../../host/package-root.ts";
import { batchSteps } from "../../host/runtime/batch-layout.ts";
import { randomLayer } from "./layer.ts";

type Kernel = (...args: number[]) => void;

const N = 16384;
const CHUNK = 128;
if (process.version.startsWith("v20.")) setFlagsFromString("--experimental-wasm-relaxed-simd");

function median(run: () => void): number {
  const times = Array.from({ length: 60 }, () => {
    const started = performance.now();
    run();
    return performance.now() - started;
  });
  return times.sort((a, b) => a - b)[30];
}

function measure(module: string, D: number, M: number, C: number): void {
  const [step] = batchSteps({ inputType: "u8", layers: [randomLayer(D, M, C)] });
  const memory = new WebAssembly.Memory({ initial: 1024, maximum: 65536, shared: true });
  const bytes = readFileSync(join(packageRoot, `build/${module}.wasm`));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  const kernels = exports as Readonly<Record<string, Kernel>>;
  const u8 = new Uint8Array(memory.buffer);
  let top = 4096;
  const take = (n: number) => {
    const at = top;
    top = Math.ceil((top + n) / 64) * 64;
    return at;
  };
  const put = (data: Uint8Array) => {
    const at = take(data.length);
    u8.set(data, at);
    return at;
  };
  const encoders = put(step.encoders);
  const tables = put(step.tables);
  const plan = put(new Uint8Array(Uint32Array.of(encoders, C, tables, step.pairs, M, 0).buffer));
  const x = take(N * D + CHUNK * D);
  for (let i = 0; i < N * D; i++) u8[x + i] = Math.imul(i, 0x9e3779b1) >>> 24;
  const [first, second] = [take((M + 1) * CHUNK * 2), take((M + 1) * CHUNK * 2)];
  const columns = take((D + 16) * 16);
  const codes = take(C * CHUNK);
  const out = take(N * M * 2);

  const encode = median(() => {
    for (let i = 0; i < N; i += CHUNK) {
      kernels.maddness_encode_bytes__simd(encoders, C, x + i * D, D, 0, CHUNK, columns, codes);
    }
  });
  const add = median(() => {
    for (let i = 0; i < N; i += CHUNK) {
      kernels.maddness_accumulate__simd(codes, C, tables, step.pairs, CHUNK, first);
    }
  });
  const whole = median(() =>
    kernels.batch_run(plan, 1, 0, x, D, N, first, second, columns, codes, out),
  );
  const rate = (N * M * C) / add / 1e6;
  const figures = [encode, add, whole].map((ms) => ms.toFixed(2));
  process.stdout.write(
    `| ${D}, ${M}, ${C} | ${module} | ${figures.join(" | ")} | ${rate.toFixed(1)} |\n`,
  );
}

process.stdout.write(
  "| D, M, C | module | encode ms | look-ups ms | whole ms | 10⁹ look-ups/s |\n",
);
process.stdout.write("| --- | --- | --- | --- | --- | --- |\n");
for (const [D, M, C] of [
  [512, 100, 16],
  [512, 100, 64],
  [128, 128, 16],
]) {
  for (const module of ["batch", "batch-relaxed"]) measure(module, D, M, C);
}
