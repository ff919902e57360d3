import type { Board } from "../board/schema.ts";
import type { DeviceLimits } from "../link/fit-check.ts";
import { linkConstants } from "../spec/link.ts";
import { operators } from "../spec/operators.ts";

const DATA_BYTES = linkConstants.find((c) => c.name === "LINK_DATA_MAX")!.value;
/** firmware-bridge/gateware/accumulator_memory.v: eight sums in a word of 128 bits. */
const ACCUMULATOR_BITS = 16;

/** What HELLO of a board's gateware will say, before there is a board to ask. */
export const boardLimits = (board: Board): DeviceLimits => ({
  board: board.id,
  tableBytes: board.engine.tableBytes,
  parameterBytes: board.engine.parameterBytes,
  arenaElements: board.engine.arenaElements,
  outputElements: board.engine.outputs,
  outputElements4: board.engine.lanes === 16 ? 2 * board.engine.outputs : 0,
  operators: operators
    .filter(({ realisations }) => realisations.gateware[board.engine.lanes] === true)
    .reduce((bits, { code }) => bits | (1 << code), 0),
  accumulatorBits: ACCUMULATOR_BITS,
  dataBytes: DATA_BYTES,
});
