import { availableParallelism } from "node:os";
import type { Placement, PlacementRequest } from "./flow.ts";
import { type Stage, startStage } from "./run-flow.ts";

export interface Attempt {
  readonly seed: number;
  readonly fmaxHz: number;
}

export interface Placed {
  /** Undefined when no seed reached the rate. */
  readonly placement: Placement | undefined;
  /** The seeds tried, in order, with the rates they reached. */
  readonly tried: readonly Attempt[];
}

/** More would need more memory than the machines that the tests run on have. */
const AT_A_TIME_MAX = 2;

/**
 * Places with seeds until one reaches the rate asked for: the first one in their order, whichever is
 * done first, so that the same inputs give the same bits.
 * @param atATime how many run beside each other
 * @throws NomulError E_BUILD_FAILED with the last lines of the tool's log
 */
export async function placeSeeds(
  request: Omit<PlacementRequest, "seed">,
  seeds: readonly number[],
  onProgress?: (text: string) => void,
  atATime = Math.min(AT_A_TIME_MAX, availableParallelism()),
): Promise<Placed> {
  const tried: Attempt[] = [];
  for (let first = 0; first < seeds.length; first += atATime) {
    const batch = seeds.slice(first, first + atATime);
    const last = tried.at(-1);
    const why = last ? `, after ${(last.fmaxHz / 1e6).toFixed(2)} MHz` : "";
    onProgress?.(`nextpnr: place and route, seed ${batch.join(" and ")}${why}`);
    const stages: Stage<Placement>[] = batch.map((seed) => startStage({ ...request, seed }));
    try {
      for (const { result } of stages) {
        const placement = await result;
        tried.push({ seed: placement.seed, fmaxHz: placement.fmaxHz });
        if (placement.fmaxHz >= request.megahertz * 1e6) return { placement, tried };
      }
    } finally {
      for (const stage of stages) stage.stop();
    }
  }
  return { placement: undefined, tried };
}
