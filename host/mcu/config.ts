import type { McuBoard } from "../board/mcu-schema.ts";
import type { DeviceLimits } from "../link/fit-check.ts";
import { frameHeader, helloReply, linkConstants } from "../spec/link.ts";
import { operators } from "../spec/operators.ts";

const align8 = (n: number) => (n + 7) & ~7;
const LINK_DATA_MAX = linkConstants.find((c) => c.name === "LINK_DATA_MAX")!.value;

/** Bytes of linear memory: firmware-bridge/mcu/layout.h has the same sum and fails on a difference. */
export function memoryBytes({ engine }: Pick<McuBoard, "engine">): number {
  const { tableBytes, parameterBytes, arenaElements, outputs } = engine;
  const frame = frameHeader.bytes + 4 + LINK_DATA_MAX + 4;
  const reply = align8(frameHeader.bytes + 4 + helloReply.bytes);
  return frame + reply + 4 * outputs + align8(2 * arenaElements) + parameterBytes + tableBytes;
}

/** Sums are Wasm's i32. */
const ACCUMULATOR_BITS = 32;

/** Operators that the kernels have, as HELLO tells them. */
const operatorBits = operators
  .filter(({ realisations }) => realisations.scalar === true)
  .reduce((bits, { code }) => bits | (1 << code), 0);

/** What HELLO of a board's firmware will say, before there is a board to ask. */
export const mcuLimits = ({ id, engine }: McuBoard): DeviceLimits => ({
  board: id,
  tableBytes: engine.tableBytes,
  parameterBytes: engine.parameterBytes,
  arenaElements: engine.arenaElements,
  outputElements: engine.outputs,
  outputElements4: 0,
  operators: operatorBits,
  accumulatorBits: ACCUMULATOR_BITS,
  dataBytes: LINK_DATA_MAX,
});

/** Room that the linker makes sure of; what is used was measured (docs/mcu.md). */
const STACK_BYTES = 512;

/**
 * What the firmware's sources know of the board, as board.h.
 * @param firmware CRC-32C over the firmware's sources
 * @param checked every access of the kernels is bounded
 */
export function boardHeader(board: McuBoard, firmware: number, checked: boolean): string {
  const { engine, flash, mcu } = board;
  const defines: [name: string, value: string | number][] = [
    ["BOARD", JSON.stringify(board.id)],
    ["FIRMWARE", `0x${firmware.toString(16)}u`],
    ["CHECKED", checked ? 1 : 0],
    ["CLOCK_HZ", `${board.clock.hz}u`],
    ["BAUD", `${board.baud.firmware}u`],
    ["TABLE_BYTES", `${engine.tableBytes}u`],
    ["PARAMETER_BYTES", `${engine.parameterBytes}u`],
    ["ARENA_ELEMENTS", `${engine.arenaElements}u`],
    ["OUTPUTS", `${engine.outputs}u`],
    ["WINDOW", engine.window],
    ["OPERATORS", `0x${operatorBits.toString(16)}u`],
    ["MEMORY_BYTES", `${memoryBytes(board)}u`],
    ["SLOTS", flash ? 2 : 0],
    ...Object.entries(mcu.registers).map(([name, value]): [string, string] => [name, `${value}u`]),
  ];
  if (flash) {
    defines.push(["SLOT_A", `${flash.slotA}u`], ["SLOT_STRIDE", `${flash.slotBytes}u`]);
  }
  const lines = defines.map(([name, value]) => `#define NOMUL_${name} ${value}`);
  return `// Generated from boards/${board.id}.json\n#ifndef NOMUL_BOARD_H\n#define NOMUL_BOARD_H\n${lines.join("\n")}\n#endif\n`;
}

/** The board's memory regions and the firmware's sections, for the linker. */
export function linkerScript({ memory }: McuBoard, sections: string): string {
  const region = (name: string, access: string, { origin, bytes }: McuBoard["memory"]["code"]) =>
    `  ${name} (${access}) : ORIGIN = 0x${origin.toString(16)}, LENGTH = ${bytes}`;
  return `MEMORY {
${region("CODE", "rx", memory.code)}
${region("DATA", "rwx", memory.data)}
}
STACK_BYTES = ${STACK_BYTES};
${sections}`;
}
