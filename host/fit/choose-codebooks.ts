import { codebooksFor, MOST } from "./codebook-budget.ts";
import { fitNetwork } from "./fit-network.ts";
import { checkNetwork, type FloatNetwork, type InputRows } from "./network.ts";

/** Shares of the budget that the first layer gets, one trial each. */
export const SHARES = [0.5, 0.65, 0.8];
/** Rows that trials learn from and are measured on. */
const ROWS = 6000;

/** Of equal numbers of codebooks one is enough. */
export function distinct(counts: readonly number[][]): number[][] {
  return [...new Map(counts.map((list) => [list.join(), list])).values()];
}

/**
 * Numbers of codebooks that imitate a float network best within a budget: of the first layer's shares
 * that are tried, the one whose outputs err least on held-out rows.
 * @param inputs [rows][inputs]; the first 6000 rows are used
 * @param budget table bytes of the whole network, entries of 8 bits
 * @returns [layers]
 * @throws NomulError E_RANGE when no network fits, and as `fitNetwork`
 */
export function chooseCodebooks(
  network: FloatNetwork,
  inputs: InputRows,
  budget: number,
  seed: number,
): number[] {
  const widths = checkNetwork(network);
  // Contiguous slices, as `fitNetwork` makes them, have a column at least.
  const most = widths.slice(0, -1).map((inputs) => Math.min(inputs, MOST));
  const counts = distinct(SHARES.map((share) => codebooksFor(widths, budget, share, most)));
  if (counts.length === 1) return counts[0];
  const some = inputs.subarray(0, ROWS * widths[0]);
  const errors = counts.map((codebooks) => {
    const layers = codebooks.map((codebooks) => ({ codebooks }));
    const { report } = fitNetwork(network, { inputs: some }, { layers, seed, effort: "quick" });
    return report[report.length - 1].nmse;
  });
  return counts[errors.indexOf(Math.min(...errors))];
}
