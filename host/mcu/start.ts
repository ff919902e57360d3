import { readFileSync } from "node:fs";
import { loadMcuBoard } from "../board/load.ts";
import type { Emulator } from "./emulator.ts";
import { buildFirmware, type FirmwareOptions } from "./firmware.ts";
import { startQemu } from "./qemu.ts";
import { Rp2040Emulator } from "./rp2040.ts";
import { rp2040Image } from "./rp2040-image.ts";

/**
 * Builds a board's firmware and starts it in the emulator that the board's file names.
 * @throws NomulError E_BOARD_UNKNOWN, E_BOARD_UNFIT, E_BOARD_FILE; of buildFirmware and startQemu
 */
export async function startEmulator(
  boardId: string,
  options: FirmwareOptions = {},
): Promise<Emulator> {
  const board = loadMcuBoard(boardId);
  const { path } = await buildFirmware(board, options);
  if (board.emulator.kind !== "rp2040js") return startQemu(board, path);
  const emulator = new Rp2040Emulator(board, rp2040Image(readFileSync(path)));
  await emulator.drain();
  return emulator;
}
