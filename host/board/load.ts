import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { NomulError } from "../errors.ts";
import { packageRoot } from "../package-root.ts";
import { checkMcuBoard, type McuBoard } from "./mcu-schema.ts";
import { type Board, checkBoard } from "./schema.ts";

const folder = join(packageRoot, "boards");
const fileOf = (id: string) => join(folder, `${id}.json`);

/** Ids of all boards there are files for, sorted. */
function listFiles(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.slice(0, -".json".length))
    .sort();
}

/** Looking the id up, not building a path from it first, also keeps "../x" out. */
function checkKnown(id: string): void {
  const known = listFiles();
  if (known.includes(id)) return;
  throw new NomulError("E_BOARD_UNKNOWN", `no board is called "${id}"`, {
    where: id,
    next: `Choose one of: ${known.join(", ")}. A new board is one file: docs/adding-a-board.md.`,
  });
}

function readBoard(id: string): unknown {
  const file = fileOf(id);
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new NomulError("E_BOARD_FILE", `not JSON: ${(cause as Error).message}`, {
      where: file,
      next: "Correct the file's syntax.",
      cause,
    });
  }
}

const hasMcu = (json: unknown) => typeof json === "object" && json !== null && "mcu" in json;

function checkId(board: { readonly id: string }, id: string): void {
  if (board.id === id) return;
  throw new NomulError("E_BOARD_FILE", `id is "${board.id}" but the file is called ${id}.json`, {
    where: `${fileOf(id)}: id`,
    next: "Give file and id the same name.",
  });
}

/** Ids of the FPGA boards, sorted. */
export const listBoards = (): string[] => listFiles().filter((id) => !hasMcu(readBoard(id)));

/** Ids of the boards whose device is a microcontroller, sorted. */
export const listMcuBoards = (): string[] => listFiles().filter((id) => hasMcu(readBoard(id)));

/** Its device is a microcontroller. @throws NomulError E_BOARD_UNKNOWN, E_BOARD_FILE */
export function isMcuBoard(id: string): boolean {
  checkKnown(id);
  return hasMcu(readBoard(id));
}

/**
 * Reads the file of an FPGA board.
 * @throws NomulError E_BOARD_UNKNOWN if there is none of that id, E_BOARD_UNFIT if it is a
 *   microcontroller's, E_BOARD_FILE if it is wrong
 */
export function loadBoard(id: string): Board {
  checkKnown(id);
  const json = readBoard(id);
  if (hasMcu(json)) {
    throw new NomulError("E_BOARD_UNFIT", `${id} is a microcontroller, which has no gateware`, {
      where: fileOf(id),
      next: "Choose an FPGA board (nomul boards).",
    });
  }
  const board = checkBoard(json, fileOf(id));
  checkId(board, id);
  return board;
}

/**
 * Reads the file of a microcontroller's board.
 * @throws NomulError E_BOARD_UNKNOWN, E_BOARD_UNFIT if it is an FPGA's, E_BOARD_FILE
 */
export function loadMcuBoard(id: string): McuBoard {
  checkKnown(id);
  const json = readBoard(id);
  if (!hasMcu(json)) {
    throw new NomulError("E_BOARD_UNFIT", `${id} is an FPGA board, which runs no firmware`, {
      where: fileOf(id),
      next: "Choose a microcontroller (nomul boards).",
    });
  }
  const board = checkMcuBoard(json, fileOf(id));
  checkId(board, id);
  return board;
}

/** Line rate after power-on of a board of either kind. @throws NomulError as loadBoard */
export const boardBaud = (id: string): number =>
  isMcuBoard(id) ? loadMcuBoard(id).baud.firmware : loadBoard(id).baud.gateware;
