import { Random } from "../../host/fit/random.ts";
import { packInt8 } from "./pack.ts";
import { type Int8Network, int8Infer } from "./reference.ts";
import type { SimulatedEngine } from "./simulated-engine.ts";

export interface Check {
  readonly rows: number;
  readonly differingBits: number;
  /** Of one inference: it does not depend on the input. */
  readonly cycles: number;
}

const ones = (difference: number): number => {
  let count = 0;
  for (let rest = difference & 0xffff; rest !== 0; rest &= rest - 1) count++;
  return count;
};

/** Runs rows through the simulated engine and through the definition. */
export function checkRows(
  engine: SimulatedEngine,
  network: Int8Network,
  rows: readonly Uint8Array[],
): Check {
  engine.load(packInt8(network));
  let differingBits = 0;
  let cycles = 0;
  for (const row of rows) {
    const expected = int8Infer(network, row);
    const got = engine.infer(row);
    cycles = got.cycles;
    expected.forEach((y, i) => {
      differingBits += ones(y ^ got.outputs[i]);
    });
  }
  return { rows: rows.length, differingBits, cycles };
}

/** Three layers of odd widths, with the extremes of weights, inputs, shifts and saturation. */
function randomNetwork(random: Random): Int8Network {
  const widths = [100, 30, 20, 12].map((most) => 1 + random.below(most));
  return widths.slice(1).map((outputs, i) => ({
    inputs: widths[i],
    outputs,
    weights: Int8Array.from({ length: widths[i] * outputs }, () =>
      random.below(8) === 0 ? [-128, 127][random.below(2)] : random.below(256) - 128,
    ),
    bias: Int32Array.from({ length: outputs }, () => random.below(60_001) - 30_000),
    shift: Uint8Array.from({ length: outputs }, () =>
      random.below(16) === 0 ? random.below(32) : random.below(14),
    ),
    wide: i === 2,
  }));
}

/** @returns rows run and bits that differ, over `count` random networks */
export function checkRandom(
  engine: SimulatedEngine,
  seed: number,
  count: number,
): { rows: number; differingBits: number } {
  const random = new Random(seed);
  const sum = { rows: 0, differingBits: 0 };
  for (let n = 0; n < count; n++) {
    const network = randomNetwork(random);
    const rows = [0, 1, 2].map((kind) =>
      Uint8Array.from({ length: network[0].inputs }, () => (kind === 0 ? 255 : random.below(256))),
    );
    const { rows: run, differingBits } = checkRows(engine, network, rows);
    sum.rows += run;
    sum.differingBits += differingBits;
  }
  return sum;
}
