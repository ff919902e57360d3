import { boardLimits } from "../host/bitstream/limits.ts";
import type { McuBoard } from "../host/board/mcu-schema.ts";
import type { Board } from "../host/board/schema.ts";
import { NomulError } from "../host/errors.ts";
import type { TableImage } from "../host/image/read.ts";
import { checkImageFits, type DeviceLimits } from "../host/link/fit-check.ts";
import { mcuLimits } from "../host/mcu/config.ts";

function reason(image: TableImage, limits: DeviceLimits): string | undefined {
  try {
    checkImageFits(image, limits);
    return undefined;
  } catch (error) {
    if (error instanceof NomulError) return error.message;
    throw error;
  }
}

/** Why a board cannot hold an image, if so. */
export const misfit = (image: TableImage, board: Board): string | undefined =>
  reason(image, boardLimits(board));

/** The same for a microcontroller. */
export const mcuMisfit = (image: TableImage, board: McuBoard): string | undefined =>
  reason(image, mcuLimits(board));
