/**
 * One contestant in a process of its own: milliseconds from loading its code to the outputs of one row.
 * `node first-result.js nomul|ort|tfjs layer.nomul`, milliseconds on stdout.
 */
import { readFileSync } from "node:fs";
import { openOrt, openTfjs } from "./peers.ts";

const [D, M] = [512, 100];
const [contestant, path] = process.argv.slice(2);

const contestants: Readonly<Record<string, () => Promise<ArrayLike<number>>>> = {
  async nomul() {
    const { readImage } = await import("../../host/image/read.ts");
    const { createBatchRuntime } = await import("../../host/runtime/batch.ts");
    const runtime = createBatchRuntime(readImage(readFileSync(path)));
    return runtime.infer(new Uint8Array(D));
  },
  async ort() {
    const ort = await openOrt(1);
    const run = await ort.product(
      "MatMulInteger",
      [1, D, M],
      new Uint8Array(D),
      new Uint8Array(D * M),
    );
    return run();
  },
  async tfjs() {
    const tfjs = await openTfjs();
    const product = await tfjs.product([1, D, M], new Float32Array(D), new Float32Array(D * M));
    return product.result();
  },
};

const start = performance.now();
const { length } = await contestants[contestant]();
const ms = performance.now() - start;
if (length !== M) throw new Error(`${length} outputs`);
process.stdout.write(`${ms}\n`);
process.exit(0);
