/** Where the engine has no SIMD: V8 told that the processor lacks SSE4.1, in a process of its own. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { shapeImage } from "../bench/shape.ts";
import { packImage } from "../host/image/pack.ts";
import { packageRoot } from "../host/package-root.ts";
import { createBatchRuntime } from "../host/runtime/batch.ts";

const program = `
  const { readFileSync } = await import("node:fs");
  const { createBatchRuntime, createThreadedBatchRuntime, readImage } = await import(process.argv[1]);
  const image = readImage(readFileSync(process.argv[2]));
  const rows = Uint8Array.from({ length: 784 * 300 }, (_, i) => (i * 7919) & 255);
  const runtime = createBatchRuntime(image);
  const threaded = await createThreadedBatchRuntime(image, { threads: 2 });
  const { realisation, reason } = runtime;
  const outputs = [...runtime.infer(rows)];
  console.log(JSON.stringify({ realisation, reason, outputs, threaded: [...threaded.infer(rows)] }));
  await threaded.close();
`;

test.skipIf(process.arch !== "x64")(
  "should run the scalar kernels, say so, and give the same bits (absent: not an x64 processor)",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "nomul-scalar-"));
    const image = shapeImage();
    const file = join(folder, "shape.nomul");
    writeFileSync(file, packImage(image.program, { manifest: { tool: "test" } }));
    const index = pathToFileURL(join(packageRoot, "dist", "host", "index.js")).href;
    const args = ["--no-enable-sse4-1", "--input-type=module", "-e", program, index, file];
    const answer = JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }));
    rmSync(folder, { recursive: true });
    const rows = Uint8Array.from({ length: 784 * 300 }, (_, i) => (i * 7919) & 255);
    const runtime = createBatchRuntime(image);
    expect(runtime.realisation).toBe("simd");
    expect(answer.realisation).toBe("scalar");
    expect(answer.reason).toBe("this engine's Wasm has no SIMD");
    expect(answer.outputs).toEqual([...runtime.infer(rows)]);
    expect(answer.threaded).toEqual(answer.outputs);
  },
);
