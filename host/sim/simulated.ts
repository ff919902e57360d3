import { isMcuBoard } from "../board/load.ts";
import type { Emulator } from "../mcu/emulator.ts";
import { startEmulator } from "../mcu/start.ts";
import { Simulator, type SimulatorOptions, startSimulator } from "./simulator.ts";

/** A board that exists only here: its gateware simulated, or its firmware on an emulated chip. */
export type SimulatedBoard = Simulator | Emulator;

/** It is an FPGA board's gateware. */
export const isGateware = (board: SimulatedBoard): board is Simulator => board instanceof Simulator;

const CHECKED_SUFFIX = ":checked";

/**
 * What stands behind `sim:` names a board; with `:checked` behind it, a microcontroller's firmware whose
 * kernels check every access.
 */
export function parseSimulated(name: string): { readonly id: string; readonly checked: boolean } {
  const checked = name.endsWith(CHECKED_SUFFIX);
  const id = checked ? name.slice(0, -CHECKED_SUFFIX.length) : name;
  // There is no checked gateware: such a name stays whole, and no board has it.
  return checked && isMcuBoard(id) ? { id, checked } : { id: name, checked: false };
}

/**
 * Powers up a simulated board of either kind, built first when it is not in the cache.
 * @throws NomulError as startSimulator and startEmulator
 */
export async function startBoard(
  name: string,
  options: SimulatorOptions = {},
): Promise<SimulatedBoard> {
  const { id, checked } = parseSimulated(name);
  return isMcuBoard(id) ? startEmulator(id, { checked }) : startSimulator(id, options);
}
