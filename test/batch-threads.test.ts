/** Threads over rows: the same bits as one thread, however many rows and threads. */
import { describe, expect, test } from "vitest";
import { shapeImage } from "../bench/shape.ts";
import { createBatchRuntime } from "../host/runtime/batch.ts";
import { createThreadedBatchRuntime } from "../host/runtime/batch-threads.ts";

const image = shapeImage();
const D = image.program.layers[0].inputs;
const M = image.program.layers.at(-1)!.outputs;
const rows = Uint8Array.from({ length: 1500 * D }, (_, i) => (i * 7919 + (i >> 8) * 31) & 255);
const expected = createBatchRuntime(image).infer(rows);

describe("batches on threads", () => {
  test.each([1, 2, 3])("should give one thread's bits on %i", async (threads) => {
    const runtime = await createThreadedBatchRuntime(image, { threads, capacity: 1100 });
    expect(runtime.threads).toBe(threads);
    for (const count of [1500, 1, 0, 256, 257, 1100, 1101, 513, 700]) {
      const outputs = runtime.infer(rows.subarray(0, count * D));
      expect([...outputs]).toEqual([...expected.subarray(0, count * M)]);
    }
    await runtime.close();
  });

  test("should compute rows that lie in shared memory, every time it is asked", async () => {
    const runtime = await createThreadedBatchRuntime(image, { threads: 2, capacity: 1500 });
    expect(runtime.rows.buffer).toBeInstanceOf(SharedArrayBuffer);
    for (let round = 0; round < 12; round++) {
      const from = (round * 13) % 100;
      runtime.rows.set(rows.subarray(from * D));
      runtime.outputs.fill(-1);
      runtime.run(1400);
      expect(runtime.outputs.slice(0, 1400 * M)).toEqual(
        expected.slice(from * M, (from + 1400) * M),
      );
      expect(runtime.outputs.slice(1400 * M).every((y) => y === -1)).toBe(true);
    }
    await runtime.close();
  });

  test("should refuse no threads, half ones and more rows than there is room for", async () => {
    for (const threads of [0, 1.5, 65]) {
      await expect(createThreadedBatchRuntime(image, { threads })).rejects.toThrow(/threads/);
    }
    const runtime = await createThreadedBatchRuntime(image, { threads: 2, capacity: 10 });
    expect(() => runtime.run(11)).toThrow(/room for 0..10/);
    await runtime.close();
  });
});
