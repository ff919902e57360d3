import { describe, expect, test } from "vitest";
import { Kernels } from "../host/fit/kernels.ts";

describe("threads on one memory", () => {
  test("run parts beside each other and add what they return", () => {
    for (const threads of [1, 2, 3]) {
      const kernels = new Kernels(threads);
      const places = Array.from({ length: 5 }, (_, i) =>
        kernels.put(new Float32Array(8).fill(i + 1)),
      );
      const labels = kernels.put(new Uint8Array(4));
      // Each part doubles its own numbers and then returns its share of a loss.
      const loss = kernels.inParallel(
        places.map((at) => [
          ["fit_add", at, at, 8],
          ["fit_softmax", at, 2, 4, 4, labels, 10],
        ]),
      );
      expect(loss).toBeCloseTo(5 * 2 * 0.1 * Math.log(4), 6);
      for (const at of places) {
        expect([...kernels.f32(at, 8)].map((v) => v.toFixed(3))).toEqual(
          Array.from({ length: 8 }, (_, i) => (i % 4 === 0 ? "-0.075" : "0.025")),
        );
      }
      kernels.close();
    }
  });

  test("say when a call traps, on this thread or another", () => {
    const beyond = 0xfffffff0;
    for (const part of [0, 1]) {
      const kernels = new Kernels(2);
      const at = kernels.allocate(64);
      const parts = [0, 1].map((p) => [["fit_zero", p === part ? beyond : at, 64] as const]);
      expect(() => kernels.inParallel(parts)).toThrow(part === 0 ? "bounds" : "thread");
      kernels.close();
    }
  });
});
