import type { FloatNetwork } from "../host/fit/network.ts";
import type { Random } from "../host/fit/random.ts";

/** A random dense ReLU network of the given widths on u8 inputs. */
export function randomNetwork(random: Random, widths: readonly number[]): FloatNetwork {
  const layers = widths.slice(1).map((M, i) => {
    const D = widths[i];
    return {
      weights: Float32Array.from({ length: D * M }, () => random.normal() / Math.sqrt(D)),
      bias: Float32Array.from({ length: M }, () => random.normal() / 4),
      activation: i === widths.length - 2 ? ("none" as const) : ("relu" as const),
    };
  });
  return { inputType: "u8", inputScale: 1 / 64, layers };
}

/** Rows of correlated u8 columns, as images and sensors give them: a few sources, mixed. */
export function correlatedRows(random: Random, rows: number, D: number): Uint8Array {
  const sources = Math.max(2, Math.ceil(D / 4));
  const mix = Float64Array.from({ length: D * sources }, () => random.normal());
  const x = new Uint8Array(rows * D);
  for (let r = 0; r < rows; r++) {
    const s = Array.from({ length: sources }, () => random.normal());
    for (let d = 0; d < D; d++) {
      const v = s.reduce((sum, value, j) => sum + value * mix[d * sources + j], 0);
      const spread = 30 / Math.sqrt(sources / 4);
      x[r * D + d] = Math.min(255, Math.max(0, Math.round(128 + spread * v + 4 * random.normal())));
    }
  }
  return x;
}
