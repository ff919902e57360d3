import type { Command } from "commander";
import { listBoards, loadBoard } from "../board/load.ts";
import { textTable, thousands } from "../report/table.ts";
import { action } from "./command.ts";

export function addBoards(program: Command): void {
  const command = program.command("boards").description("list the boards nomul knows");
  action(command, async (context) => {
    const boards = listBoards().map(loadBoard);
    const rows = boards.map((b) => [
      b.id,
      b.name,
      `${b.fpga.family} ${b.fpga.device}-${b.fpga.package}`,
      `${b.clock.hz / 1e6} MHz`,
      thousands(b.engine.tableBytes),
      b.engine.lanes,
      `sim:${b.id}`,
    ]);
    const head = [
      "board",
      "name",
      "part",
      "clock",
      "table bytes",
      "look-ups a cycle",
      "simulator port",
    ];
    context.result(boards, textTable([head, ...rows]));
    return undefined;
  });
}
