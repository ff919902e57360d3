import { textTable, thousands } from "../report/table.ts";
import type { Board } from "./schema.ts";

const head = [
  "board",
  "name",
  "part",
  "clock",
  "table bytes",
  "look-ups a cycle",
  "kept at power-off",
  "nomul build",
];

const reaches: Readonly<Record<Board["build"]["reach"], string>> = {
  bitstream: "bitstream",
  synthesis: "netlist only",
  none: "does not fit",
};

/** A board's facts that people choose by; the cells of `boardsText` and of docs/boards.md. */
export const boardCells = (board: Board): (string | number)[] => [
  board.id,
  board.name,
  `${board.fpga.family} ${board.fpga.device}-${board.fpga.package}`,
  `${board.clock.hz / 1e6} MHz`,
  thousands(board.engine.tableBytes),
  board.engine.lanes,
  board.flash.userOffset === null ? "no" : "yes",
  reaches[board.build.reach],
];

/** Why boards get no bitstream; boards of the same reason in one line. */
function reasons(boards: readonly Board[]): string[] {
  const groups = new Map<string, string[]>();
  for (const { id, build } of boards) {
    if (build.reason !== null) groups.set(build.reason, [...(groups.get(build.reason) ?? []), id]);
  }
  return [...groups].map(([reason, ids]) => `${ids.join(", ")}: ${reason}.`);
}

/** Boards as a table, and below it why some get no bitstream. */
export const boardsText = (boards: readonly Board[]): string =>
  [textTable([head, ...boards.map(boardCells)]), ...reasons(boards)].join("\n\n");

/** The same as a Markdown table with its reasons, as docs/boards.md holds it. */
export function boardsMarkdown(boards: readonly Board[]): string {
  const row = (cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |`;
  const table = [row(head), row(head.map(() => "---")), ...boards.map((b) => row(boardCells(b)))];
  return [table.join("\n"), ...reasons(boards)].join("\n\n");
}
