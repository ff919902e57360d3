import { boardLimits } from "../host/bitstream/limits.ts";
import type { Board } from "../host/board/schema.ts";
import { NomulError } from "../host/errors.ts";
import type { TableImage } from "../host/image/read.ts";
import { checkImageFits } from "../host/link/fit-check.ts";

/** Why a board cannot hold an image, if so. */
export function misfit(image: TableImage, board: Board): string | undefined {
  try {
    checkImageFits(image, boardLimits(board));
    return undefined;
  } catch (error) {
    if (error instanceof NomulError) return error.message;
    throw error;
  }
}
