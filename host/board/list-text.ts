import { textTable, thousands } from "../report/table.ts";
import type { McuBoard } from "./mcu-schema.ts";
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

/** A board's facts that people choose by. */
const boardCells = (board: Board): (string | number)[] => [
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

const mcuHead = [
  "microcontroller",
  "name",
  "chip",
  "clock",
  "table bytes",
  "kept at power-off",
  "sim: runs in",
  "nomul build",
];

const mcuCells = ({ id, name, mcu, clock, engine, flash, emulator, build }: McuBoard) => [
  id,
  name,
  `${mcu.chip}, ${mcu.core}`,
  `${clock.hz / 1e6} MHz`,
  thousands(engine.tableBytes),
  flash === null ? "no" : "yes",
  emulator.kind,
  build.format,
];

/** FPGA boards as a table, below it why some get no bitstream, and microcontrollers. */
export const boardsText = (boards: readonly Board[], mcus: readonly McuBoard[]): string =>
  [
    textTable([head, ...boards.map(boardCells)]),
    ...reasons(boards),
    textTable([mcuHead, ...mcus.map(mcuCells)]),
  ].join("\n\n");

function markdown(rows: readonly (readonly (string | number)[])[]): string {
  const row = (cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |`;
  return [row(rows[0]), row(rows[0].map(() => "---")), ...rows.slice(1).map(row)].join("\n");
}

/** FPGA boards as a Markdown table with its reasons, as docs/boards.md holds it. */
export const boardsMarkdown = (boards: readonly Board[]): string =>
  [markdown([head, ...boards.map(boardCells)]), ...reasons(boards)].join("\n\n");

/** Microcontrollers as a Markdown table, as docs/mcu.md holds it. */
export const mcusMarkdown = (mcus: readonly McuBoard[]): string =>
  markdown([mcuHead, ...mcus.map(mcuCells)]);
