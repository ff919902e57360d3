/** One process: all contenders on one shape, run in turn; figures as JSON on stdout. */
import { setFlagsFromString } from "node:v8";
import { Random } from "../../host/fit/random.ts";
import { packImage } from "../../host/image/pack.ts";
import { readImage } from "../../host/image/read.ts";
import { createBatchRuntime } from "../../host/runtime/batch.ts";
import { onnx, type Peer, type Product, tensorflow } from "./peers.ts";

const [D, M, C, threads, rounds, withPeers] = process.argv.slice(2).map(Number);
const N = 16384;
/** Of every contender in every round. */
const SHARE_MS = 50;
const product: Product = { N, D, M };
// Node 20 has relaxed SIMD behind this; newer ones know no such flag and need none.
if (process.version.startsWith("v20.")) setFlagsFromString("--experimental-wasm-relaxed-simd");

function nomul(relaxed: boolean): Peer {
  const random = new Random(1);
  const draw = (n: number, low: number, count: number) =>
    Array.from({ length: n }, () => low + random.below(count));
  const image = readImage(
    packImage(
      {
        inputType: "u8",
        layers: [
          {
            operator: "maddness",
            inputs: D,
            outputs: M,
            codebooks: C,
            splitDims: Uint16Array.from(draw(C * 4, 0, D)),
            thresholds: Int16Array.from(draw(C * 15, 0, 256)),
            tables: Int8Array.from(draw(C * 16 * M, -128, 256)),
            bias: new Int32Array(M),
            shift: new Uint8Array(M),
          },
        ],
      },
      { manifest: { tool: "bench" } },
    ),
  );
  const runtime = createBatchRuntime(image, { relaxed, threads });
  const x = Uint8Array.from(draw(N * D, 0, 256));
  const out = new Int16Array(N * M);
  return {
    name: `nomul${runtime.relaxed ? ", relaxed SIMD" : ""}`,
    runtimeBytes: 0,
    run: async () => {
      if (runtime.infer(x, out).length !== N * M) throw new Error("nomul gave another shape");
    },
  };
}

const contenders = [nomul(false), nomul(true)];
if (withPeers) {
  contenders.push(await onnx(product, "int8", threads), await onnx(product, "f32", threads));
  contenders.push(await tensorflow(product, threads));
}
const times = contenders.map((): number[] => []);
for (const { run } of contenders) for (let i = 0; i < 3; i++) await run();
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
process.stdout.write(
  JSON.stringify(
    contenders.map(({ name, runtimeBytes }, i) => ({ name, runtimeBytes, ms: times[i] })),
  ),
);
process.exit();
