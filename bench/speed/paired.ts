/** Paired runs: in every round each contestant runs once, in an order that changes. */

export interface Spread {
  readonly median: number;
  /** first and third quartile */
  readonly quartiles: readonly [number, number];
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))];
  return { median: at(0.5), quartiles: [at(0.25), at(0.75)] };
}

/** Milliseconds so far: of a clock on the wall, or of this process' processor time. */
export type Clock = () => number;
export const wallClock: Clock = () => performance.now();
/**
 * Other programs' turns on the processor do not count. They would hit long runs oftener than short ones, which
 * is to say the peers.
 */
export const processorClock: Clock = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** @returns contestant → milliseconds, one a round */
export async function paired<K extends string>(
  contestants: Readonly<Record<K, () => Promise<unknown> | unknown>>,
  rounds: number,
  warmUps: number,
  clock: Clock,
): Promise<Record<K, number[]>> {
  const names = Object.keys(contestants) as K[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<
    K,
    number[]
  >;
  for (let round = -warmUps; round < rounds; round++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round + warmUps) % names.length];
      const start = clock();
      await contestants[name]();
      const ms = clock() - start;
      if (round >= 0) times[name].push(ms);
    }
  }
  return times;
}

/** Of each round: how many times as long the second took. */
export const ratios = (ours: readonly number[], theirs: readonly number[]): Spread =>
  spread(theirs.map((ms, round) => ms / ours[round]));

const CHAIN = 1_000_000;

/**
 * Runs a chain of 2 × 10^6 dependent instructions of one clock each: what the clock, and the share of it
 * that this machine leaves to us, come to.
 * @returns anything
 */
export function clockChain(): number {
  let x = 1;
  for (let i = 0; i < CHAIN; i++) x = ((x ^ i) + 1) | 0;
  return x;
}
export const clockChainClocks = 2 * CHAIN;
