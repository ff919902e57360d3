/**
 * The runtimes nomul is compared with. They weigh 200 MB, so they are no dependencies: the first run
 * installs them, in these versions, under build/bench-speed.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { packageRoot } from "../../host/package-root.ts";
import { productModel } from "./onnx-model.ts";

const versions = {
  "onnxruntime-web": "1.30.0",
  "@tensorflow/tfjs-core": "4.22.0",
  "@tensorflow/tfjs-backend-wasm": "4.22.0",
};
const folder = join(packageRoot, "build", "bench-speed");
const manifest = `${JSON.stringify({ private: true, dependencies: versions })}\n`;

/** Installs the peers unless they are there. */
export function installPeers(): void {
  const path = join(folder, "package.json");
  const modules = join(folder, "node_modules", "@tensorflow", "tfjs-backend-wasm");
  if (existsSync(modules) && existsSync(path) && readFileSync(path, "utf8") === manifest) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, manifest);
  process.stderr.write(`npm install of the peers in ${folder} …\n`);
  execFileSync("npm", ["install", "--silent", "--ignore-scripts", "--no-audit"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
  });
}

const filesAt = (path: string) => join(folder, "node_modules", path);
const load = (path: string) => import(pathToFileURL(filesAt(path)).href);
const bytesOf = (paths: readonly string[]) =>
  paths.reduce((sum, path) => sum + readFileSync(filesAt(path)).length, 0);

const ORT = "onnxruntime-web/dist";

/** Bytes of what a page has to load. */
export const ortBytes = () => ({
  wasm: bytesOf([`${ORT}/ort-wasm-simd-threaded.wasm`]),
  js: bytesOf([`${ORT}/ort.wasm.bundle.min.mjs`]),
});

/** onnxruntime-web's Wasm engine. @returns makers of products; inputs and outputs are JavaScript's arrays */
export async function openOrt(threads: number) {
  const ort = await load(`${ORT}/ort.node.min.mjs`); // the bundle for pages cannot start threads in Node
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = "error";
  const product = async (
    operator: "MatMul" | "MatMulInteger",
    [N, D, M]: readonly [number, number, number],
    x: Uint8Array | Float32Array,
    w: Uint8Array | Float32Array,
  ) => {
    const raw = new Uint8Array(w.buffer, w.byteOffset, w.byteLength);
    const session = await ort.InferenceSession.create(productModel(operator, [D, M], raw));
    const tensor = new ort.Tensor(x instanceof Uint8Array ? "uint8" : "float32", x, [N, D]);
    return async (): Promise<ArrayLike<number>> => (await session.run({ x: tensor })).y.data;
  };
  return { product };
}

const TFJS = "@tensorflow/tfjs-backend-wasm/dist";

export const tfjsBytes = () => ({
  wasm: bytesOf([`${TFJS}/tfjs-backend-wasm-simd.wasm`]),
  js: bytesOf([`${TFJS}/tf-backend-wasm.min.js`, "@tensorflow/tfjs-core/dist/tf-core.min.js"]),
});

/** tfjs on its Wasm backend, one thread: in Node it has no more. */
export async function openTfjs() {
  const require = createRequire(join(folder, "package.json"));
  const tf = require("@tensorflow/tfjs-core");
  const backend = require("@tensorflow/tfjs-backend-wasm");
  backend.setWasmPaths(`${dirname(filesAt(`${TFJS}/index.js`))}/`);
  await tf.setBackend("wasm");
  await tf.ready();
  /** Both tensors lie in the backend's memory, and so does the product. */
  const product = async (
    [N, D, M]: readonly [number, number, number],
    x: Float32Array,
    w: Float32Array,
  ) => {
    const a = tf.tensor2d(x, [N, D]);
    const b = tf.tensor2d(w, [D, M]);
    return {
      run: async () => tf.matMul(a, b).dispose(),
      result: (): ArrayLike<number> => tf.matMul(a, b).dataSync(),
    };
  };
  return { product, threads: backend.getThreadsCount() as number };
}
