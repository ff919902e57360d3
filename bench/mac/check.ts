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

/** A shift that brings totals of random weights and inputs into the output's range, more or less. */
function randomShift(random: Random, inputs: number, wide: boolean): number {
  if (random.below(16) === 0) return random.below(32);
  const typical = 10_000 * Math.sqrt(inputs);
  const fitting = Math.log2(typical / (wide ? 16_384 : 128));
  return Math.max(0, Math.round(fitting) + random.below(5) - 2);
}

/** One output's weights: any; or extreme ones only, so that totals grow as large as they can. */
function randomWeights(random: Random, inputs: number): number[] {
  const extreme = random.below(8);
  return Array.from({ length: inputs }, () =>
    extreme === 0 ? -128 : extreme === 1 ? 127 : random.below(256) - 128,
  );
}

/** Three layers of any widths, the first one's totals up to the accumulator's limits. */
export function randomNetwork(random: Random): Int8Network {
  const widths = [1000, 100, 60, 12].map((most) => 1 + random.below(most));
  return widths.slice(1).map((outputs, i) => {
    const inputs = widths[i];
    const wide = i === 2;
    return {
      inputs,
      outputs,
      weights: Int8Array.from(
        Array.from({ length: outputs }, () => randomWeights(random, inputs)).flat(),
      ),
      bias: Int32Array.from({ length: outputs }, () => random.below(60_001) - 30_000),
      shift: Uint8Array.from({ length: outputs }, () => randomShift(random, inputs, wide)),
      wide,
    };
  });
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
