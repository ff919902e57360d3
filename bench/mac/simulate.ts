import { flashImage, openDevice, type TableImage } from "../../host/index.ts";
import { type Check, checkRandom, checkRows } from "./check.ts";
import { buildModel } from "./model.ts";
import { packInt8 } from "./pack.ts";
import type { Int8Network } from "./reference.ts";
import { SimulatedEngine } from "./simulated-engine.ts";

const RANDOM_NETWORKS = 100;

export interface Simulated {
  readonly random: Omit<Check, "cycles">;
  readonly digits: Check;
  /** Clocks of one inference with some network. */
  cyclesOf(network: Int8Network): number;
}

/** The plain engine against its definition: random networks, then `rows` through `network`. */
export async function simulatePlain(
  dsp: boolean,
  network: Int8Network,
  rows: readonly Uint8Array[],
  seed: number,
): Promise<Simulated> {
  const engine = new SimulatedEngine(await buildModel(dsp));
  return {
    random: checkRandom(engine, seed, RANDOM_NETWORKS),
    digits: checkRows(engine, network, rows),
    cyclesOf: (some) => {
      engine.load(packInt8(some));
      return engine.infer(rows[0]).cycles;
    },
  };
}

/** Clocks of nomul's gateware, as the simulated board counts them: all steps, and the first alone. */
export async function nomulCycles(
  image: TableImage,
  row: Uint8Array,
  onProgress: (text: string) => void,
): Promise<{ cycles: number; hiddenCycles: number }> {
  const device = await openDevice("sim:icebreaker", { onProgress });
  try {
    await flashImage(device, image);
    const { cycles } = await device.infer(row);
    return { cycles, hiddenCycles: (await device.infer(row, 1)).cycles };
  } finally {
    await device.close();
  }
}
