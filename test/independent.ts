import type { MaddnessLayer } from "../host/reference/maddness.ts";

/**
 * A second formulation of MADDNESS that shares nothing with the definition: every node's comparison
 * gives +1 or -1, every leaf adds those on its path with the sign of its turn, the leaf that scores
 * 4 is the code (differentiable MADDNESS, without the softening); sums and shifts in BigInt.
 * @returns [M]
 */
export function inferIndependently(layer: MaddnessLayer, x: ArrayLike<number>): number[] {
  const signs = (c: number) =>
    Array.from({ length: 15 }, (_, n) => {
      const level = Math.floor(Math.log2(n + 1));
      return x[layer.splitDims[c * 4 + level]] < layer.thresholds[c * 15 + n] ? -1 : 1;
    });
  const scoreOf = (leaf: number, sign: readonly number[]) => {
    let score = 0;
    for (let node = leaf + 16; node > 1; node >>= 1) {
      score += sign[(node >> 1) - 1] * (node % 2 === 1 ? 1 : -1);
    }
    return score;
  };
  const codes = Array.from({ length: layer.codebooks }, (_, c) => {
    const sign = signs(c);
    return Array.from({ length: 16 }, (_, leaf) => scoreOf(leaf, sign)).indexOf(4);
  });
  return Array.from({ length: layer.outputs }, (_, m) => {
    const sum = codes.reduce(
      (s, code, c) => s + BigInt(layer.tables[c * 16 * layer.outputs + code * layer.outputs + m]),
      BigInt(layer.bias[m]),
    );
    const shift = BigInt(layer.shift[m]);
    // Half up: floor((2 s + 2^shift) / 2^(shift + 1)); BigInt's >> is arithmetic.
    const y = (2n * sum + (shift > 0n ? 1n << shift : 0n)) >> (shift + 1n);
    return Number(y > 32767n ? 32767n : y < -32768n ? -32768n : y);
  });
}
