import type { Random } from "../../host/fit/random.ts";
import {
  inferProgram,
  type MaddnessLayer,
  packImage,
  readImage,
  type TableImage,
} from "../../host/index.ts";

export type Shape = readonly [D: number, M: number, C: number];

/**
 * A layer of drawn tables. Thresholds lie about 128, so that drawn u8 inputs give all codes about equally
 * often: real data reads fewer different rows, which caches like better.
 */
export function drawnLayer(random: Random, [inputs, outputs, codebooks]: Shape): MaddnessLayer {
  const slice = Math.floor(inputs / codebooks);
  return {
    operator: "maddness",
    inputs,
    outputs,
    codebooks,
    splitDims: Uint16Array.from(
      { length: codebooks * 4 },
      (_, i) => (i >> 2) * slice + random.below(slice),
    ),
    thresholds: Int16Array.from({ length: codebooks * 15 }, () => 123 + random.below(11)),
    tables: Int8Array.from({ length: codebooks * 16 * outputs }, () => random.below(256) - 128),
    bias: new Int32Array(outputs),
    shift: new Uint8Array(outputs),
  };
}

export const layerImage = (layer: MaddnessLayer): TableImage =>
  readImage(packImage({ inputType: "u8", layers: [layer] }, { manifest: { tool: "bench:speed" } }));

/** @throws Error if a row of every hundred differs from the definition */
export function checkOutputs(image: TableImage, rows: Uint8Array, outputs: Int16Array): void {
  const [{ inputs: D, outputs: M }] = image.program.layers;
  for (let n = 0; n * D < rows.length; n += 97) {
    const [expected] = inferProgram(image.program, rows.subarray(n * D, (n + 1) * D));
    if (String(expected) !== String(outputs.subarray(n * M, (n + 1) * M))) {
      throw new Error(`row ${n} differs from the definition`);
    }
  }
}
