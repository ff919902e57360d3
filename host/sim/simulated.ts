import { isMcuBoard } from "../board/load.ts";
import type { Emulator } from "../mcu/emulator.ts";
import { startEmulator } from "../mcu/start.ts";
import { Simulator, type SimulatorOptions, startSimulator } from "./simulator.ts";

/** A board that exists only here: its gateware simulated, or its firmware on an emulated chip. */
export type SimulatedBoard = Simulator | Emulator;

/** It is an FPGA board's gateware. */
export const isGateware = (board: SimulatedBoard): board is Simulator => board instanceof Simulator;

/**
 * Powers up a simulated board of either kind, built first when it is not in the cache.
 * @throws NomulError as startSimulator and startEmulator
 */
export function startBoard(id: string, options: SimulatorOptions = {}): Promise<SimulatedBoard> {
  return isMcuBoard(id) ? startEmulator(id) : startSimulator(id, options);
}
