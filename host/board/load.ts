import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { NomulError } from "../errors.ts";
import { packageRoot } from "../package-root.ts";
import { type Board, checkBoard } from "./schema.ts";

const folder = join(packageRoot, "boards");

/** Ids of the boards there are files for, sorted. */
export function listBoards(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.slice(0, -".json".length))
    .sort();
}

/**
 * Reads one board file.
 * @throws NomulError E_BOARD_UNKNOWN if there is none of that id, E_BOARD_FILE if it is wrong
 */
export function loadBoard(id: string): Board {
  const known = listBoards();
  // Looking the id up, not building a path from it first, also keeps "../x" out.
  if (!known.includes(id)) {
    throw new NomulError("E_BOARD_UNKNOWN", `no board is called "${id}"`, {
      where: id,
      next: `Choose one of: ${known.join(", ")}. A new board is one file: docs/adding-a-board.md.`,
    });
  }
  const file = join(folder, `${id}.json`);
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new NomulError("E_BOARD_FILE", `not JSON: ${(cause as Error).message}`, {
      where: file,
      next: "Correct the file's syntax.",
      cause,
    });
  }
  const board = checkBoard(json, file);
  if (board.id !== id) {
    throw new NomulError("E_BOARD_FILE", `id is "${board.id}" but the file is called ${id}.json`, {
      where: `${file}: id`,
      next: "Give file and id the same name.",
    });
  }
  return board;
}
