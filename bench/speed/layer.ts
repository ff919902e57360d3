import { Random } from "../../host/fit/random.ts";
import type { Layer } from "../../host/generated/operators.ts";

/** A layer of random trees on bytes and random tables: how long it takes does not depend on them. */
export function randomLayer(D: number, M: number, C: number): Layer {
  const random = new Random(1);
  const draw = (n: number, low: number, count: number) =>
    Array.from({ length: n }, () => low + random.below(count));
  return {
    operator: "maddness",
    inputs: D,
    outputs: M,
    codebooks: C,
    splitDims: Uint16Array.from(draw(C * 4, 0, D)),
    thresholds: Int16Array.from(draw(C * 15, 0, 256)),
    tables: Int8Array.from(draw(C * 16 * M, -128, 256)),
    bias: new Int32Array(M),
    shift: new Uint8Array(M),
  };
}
