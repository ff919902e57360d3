import type { Board } from "../board/schema.ts";
import { NomulError } from "../errors.ts";

/** The word from which on a chip takes the bytes it is given for a bitstream. */
const syncWords: Readonly<Record<Board["fpga"]["family"], string>> = {
  ice40: "7eaa997e",
  ecp5: "ffffbdb3",
  xilinx: "aa995566",
};

/** Comments stand before that word; no tool writes longer ones. */
const COMMENT_BYTES_MAX = 4096;

/** What `nomul build` writes into a bitstream's comment. */
export const bitstreamLabel = (board: Board, firmware: number): string =>
  `nomul ${board.id} ${firmware.toString(16).padStart(8, "0")}`;

/**
 * Refuses a file that is no bitstream for the board, as far as the file tells.
 * @param name of the file, for errors
 * @throws NomulError E_BITSTREAM_FORMAT if the chip would not take it for a bitstream;
 *   E_BOARD_WRONG if `nomul build` made it for another board
 */
export function checkBitstream(bytes: Uint8Array, name: string, board: Board): void {
  const start = Buffer.from(bytes.subarray(0, COMMENT_BYTES_MAX));
  const sync = start.indexOf(Buffer.from(syncWords[board.fpga.family], "hex"));
  if (sync < 0) {
    throw new NomulError(
      "E_BITSTREAM_FORMAT",
      `this is no bitstream for the ${board.fpga.device} of ${board.name}`,
      { where: name, next: `Give the file that "nomul build ${board.id}" writes.` },
    );
  }
  const made = /nomul ([a-z0-9-]+) [0-9a-f]{8}/.exec(start.toString("latin1", 0, sync))?.[1];
  if (made === undefined || made === board.id) return;
  throw new NomulError("E_BOARD_WRONG", `the bitstream was built for ${made}, not ${board.id}`, {
    where: name,
    next: `Give --board ${made}, or the file that "nomul build ${board.id}" writes.`,
  });
}
