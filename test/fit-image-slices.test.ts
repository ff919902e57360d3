import { describe, expect, test } from "vitest";
import { varianceBlocks } from "../host/fit/image-slices.ts";
import { Random } from "../host/fit/random.ts";

describe("cutting images into blocks", () => {
  for (const C of [1, 2, 7, 40, 48]) {
    test(`uses every pixel exactly once in ${C} blocks (seed 61)`, () => {
      const random = new Random(61);
      const images = Uint8Array.from({ length: 20 * 48 }, () => random.below(256));
      const slices = varianceBlocks(images, 8, 6, C);
      expect(slices.length).toBe(C);
      expect(slices.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 48 }, (_, i) => i));
    });
  }

  test("shares the variance out evenly, however unevenly it lies", () => {
    // Only the right quarter of a 16 × 8 image varies: every pixel there is 0 or 255 by turns.
    const varies = (pixel: number) => pixel % 16 >= 12;
    const images = Uint8Array.from({ length: 50 * 128 }, (_, i) => {
      const row = Math.floor(i / 128);
      return varies(i) && (i + row) % 2 === 0 ? 255 : 0;
    });
    const slices = varianceBlocks(images, 16, 8, 16);
    expect(slices.map((slice) => slice.filter(varies).length)).toEqual(new Array(16).fill(2));
  });
});
