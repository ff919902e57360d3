import type { Cost } from "./synthesise.ts";

/** One engine with one network. */
export interface EngineFigures {
  readonly name: string;
  readonly shape: string;
  /** Mean over the seeds, 0..1 */
  readonly accuracy: number;
  /** Bytes of tables or weights, without padding and records */
  readonly parameterBytes: number;
  /** All that the network takes on the device */
  readonly deviceBytes: number;
  readonly cycles: number;
  /** Of the hidden layer alone */
  readonly hiddenCycles: number;
  readonly hiddenOutputs: number;
  /** What one hidden output keeps in memory: table columns and its share of encoders, or weights and record */
  readonly bitsPerOutput: number;
  readonly cost: Cost;
  /** LUT4 of what lies between memories and output stage */
  readonly operatorLut4: number;
  /** The same without the encoder, which all lanes share */
  readonly laneLut4: number;
}

const LANES = 8;
export const SYSTEM_MEGAHERTZ = 24;

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1];

/** What follows from the figures of one engine. */
export function derived(engine: EngineFigures) {
  const fmax = median(engine.cost.fmax.map(({ megahertz }) => megahertz));
  const atSystemClock = (SYSTEM_MEGAHERTZ * 1e6) / engine.cycles;
  const atFmax = (fmax * 1e6) / engine.cycles;
  const outputsPerCycle = engine.hiddenOutputs / engine.hiddenCycles;
  return {
    fmax,
    outputsPerCycle,
    operatorLut4PerLane: engine.operatorLut4 / LANES,
    laneLut4: engine.laneLut4 / LANES,
    lut4PerOutputAndCycle: engine.cost.lut4 / outputsPerCycle,
    inferencesAtSystemClock: atSystemClock,
    inferencesAtFmax: atFmax,
    inferencesPerLut4: atSystemClock / engine.cost.lut4,
    inferencesPerLut4AtFmax: atFmax / engine.cost.lut4,
  };
}
