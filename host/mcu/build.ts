import { readFileSync } from "node:fs";
import type { McuBoard } from "../board/mcu-schema.ts";
import { elfSizes } from "./elf.ts";
import { buildFirmware, type FirmwareOptions } from "./firmware.ts";
import { rp2040Image } from "./rp2040-image.ts";
import { RP2040_FAMILY, uf2 } from "./uf2.ts";

/** A file that brings the firmware to a board. */
export interface FirmwareFile {
  /** Of the file's name. */
  readonly extension: "uf2" | "elf";
  readonly bytes: Uint8Array;
  /** CRC-32C of sources and kernels, as HELLO tells it. */
  readonly firmware: number;
  /** What it takes of the chip; ram: without the stack, linear memory included. */
  readonly sizes: { readonly flash: number; readonly ram: number };
}

/**
 * Builds a board's firmware in the form that its board file asks for.
 * @throws NomulError of buildFirmware
 */
export async function buildFirmwareFile(
  board: McuBoard,
  options: FirmwareOptions = {},
): Promise<FirmwareFile> {
  const { path, firmware } = await buildFirmware(board, options);
  const elf = readFileSync(path);
  const sizes = elfSizes(elf, board.memory.data);
  const { format, flashOrigin } = board.build;
  if (format === "elf") return { extension: "elf", bytes: elf, firmware, sizes };
  const bytes = uf2(rp2040Image(elf), flashOrigin, RP2040_FAMILY);
  return { extension: "uf2", bytes, firmware, sizes };
}
