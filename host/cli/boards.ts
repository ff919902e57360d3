import type { Command } from "commander";
import { boardsText } from "../board/list-text.ts";
import { listBoards, listMcuBoards, loadBoard, loadMcuBoard } from "../board/load.ts";
import { action } from "./command.ts";

export function addBoards(program: Command): void {
  const command = program
    .command("boards")
    .description("list the boards nomul knows, and how far it can build for each");
  action(command, async (context) => {
    const boards = listBoards().map(loadBoard);
    const mcus = listMcuBoards().map(loadMcuBoard);
    context.result([...boards, ...mcus], boardsText(boards, mcus));
    return undefined;
  });
}
