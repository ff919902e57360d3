import { columnMoments, type ImageSize } from "./batches.ts";

/** Rows that are looked at. */
const SAMPLE = 500;

/**
 * The size of the square image that rows seem to be: neighbours down a column of pixels move together
 * nearly as neighbours in a row do, and more than pixels far apart. Undefined if not.
 * @param inputs [rows][D]
 */
export function squareImage(inputs: ArrayLike<number>, D: number): ImageSize | undefined {
  const width = Math.round(Math.sqrt(D));
  if (width * width !== D || width < 6) return undefined;
  const rows = Math.min(SAMPLE, Math.floor(inputs.length / D));
  const { mean, deviation } = columnMoments(
    inputs,
    D,
    Uint32Array.from({ length: rows }, (_, r) => r),
  );
  const likeness = (right: number, down: number) => {
    let sum = 0;
    let pairs = 0;
    for (let y = 0; y + down < width; y++) {
      for (let x = 0; x + right < width; x++) {
        const a = y * width + x;
        const b = (y + down) * width + x + right;
        let product = 0;
        for (let r = 0; r < rows; r++) {
          product += (inputs[r * D + a] - mean[a]) * (inputs[r * D + b] - mean[b]);
        }
        sum += product / rows / deviation[a] / deviation[b];
        pairs++;
      }
    }
    return sum / pairs;
  };
  const far = Math.floor(width / 2);
  const down = likeness(0, 1);
  const spread = Math.max(Math.abs(likeness(0, far)), Math.abs(likeness(far, 0)));
  const isImage = down > 0.2 && down > 0.5 * likeness(1, 0) && down > 2 * spread;
  return isImage ? { width, height: width } : undefined;
}
