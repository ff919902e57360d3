/** Runtimes to compare with, installed beside the build at pinned versions when first asked for. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { packageRoot } from "../../host/package-root.ts";
import { matMulModel } from "./onnx.ts";

const folder = join(packageRoot, "build/peers");
const versions = {
  "onnxruntime-web": "1.30.0",
  "@tensorflow/tfjs-core": "4.22.0",
  "@tensorflow/tfjs-backend-wasm": "4.22.0",
};

export function installPeers(): void {
  if (existsSync(join(folder, "node_modules/onnxruntime-web"))) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ private: true, dependencies: versions }),
  );
  execFileSync("npm", ["install", "--ignore-scripts", "--silent"], {
    cwd: folder,
    stdio: "inherit",
  });
}

const fileOf = (name: string) => join(folder, "node_modules", name);
const require = createRequire(join(folder, "package.json"));

/** A product [N][D] · [D][M] that is ready to run. */
export interface Peer {
  readonly name: string;
  /** Of what is loaded: Wasm and JavaScript */
  readonly runtimeBytes: number;
  run(): Promise<void>;
}

export interface Product {
  readonly N: number;
  readonly D: number;
  readonly M: number;
}

/** Values in -1..1 that take no time to make. */
function values(n: number): Float32Array {
  const x = new Float32Array(n);
  for (let i = 0; i < n; i++) x[i] = Math.imul(i, 0x9e3779b1) / 2 ** 31;
  return x;
}

export async function onnx(product: Product, type: "f32" | "int8", threads: number): Promise<Peer> {
  const { N, D, M } = product;
  const path = fileOf("onnxruntime-web/dist/ort.node.min.mjs");
  const ort = await import(pathToFileURL(path).href);
  const wasm = fileOf("onnxruntime-web/dist/ort-wasm-simd-threaded.wasm");
  ort.env.wasm.numThreads = threads;
  // With threads it would fetch the file, which Node does not.
  ort.env.wasm.wasmBinary = readFileSync(wasm);
  const whole = type === "int8";
  const weights = whole ? Int8Array.from(values(D * M), (v) => 127 * v) : values(D * M);
  const model = matMulModel(whole ? "MatMulInteger" : "MatMul", N, D, M, weights);
  const session = await ort.InferenceSession.create(model, { executionProviders: ["wasm"] });
  const x = whole
    ? new ort.Tensor(
        "uint8",
        Uint8Array.from(values(N * D), (v) => 128 + 127 * v),
        [N, D],
      )
    : new ort.Tensor("float32", values(N * D), [N, D]);
  return {
    name: `onnxruntime-web ${type}`,
    runtimeBytes: statSync(path).size + statSync(wasm).size,
    run: async () => {
      const { y } = await session.run({ x });
      if (y.data.length !== N * M) throw new Error("onnxruntime-web gave another shape");
    },
  };
}

export async function tensorflow({ N, D, M }: Product, threads: number): Promise<Peer> {
  const tf = require("@tensorflow/tfjs-core");
  const backend = require("@tensorflow/tfjs-backend-wasm");
  backend.setThreadsCount(threads);
  await tf.setBackend("wasm");
  const w = tf.tensor2d(values(D * M), [D, M]);
  const inputs = values(N * D);
  const files = ["tf-backend-wasm.node.js", "tfjs-backend-wasm-threaded-simd.wasm"];
  const bytes = files.map((f) => statSync(fileOf(`@tensorflow/tfjs-backend-wasm/dist/${f}`)).size);
  return {
    name: "tfjs-wasm f32",
    runtimeBytes: bytes.reduce((a, b) => a + b, 0),
    run: async () => {
      const x = tf.tensor2d(inputs, [N, D]);
      const y = tf.matMul(x, w);
      const data = await y.data();
      if (data.length !== N * M) throw new Error("tfjs gave another shape");
      x.dispose();
      y.dispose();
    },
  };
}
