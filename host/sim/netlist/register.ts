import { type Lowered, pieces } from "./lower.ts";
import { type Bit, type Cell, ModelError } from "./read.ts";

/** @throws ModelError unless the cell takes the rising edge of the one clock */
export function checkClock(to: Lowered, cell: Cell, clock: Bit, polarity: string): void {
  if (clock !== to.clock || !/1$/.test(polarity)) {
    throw new ModelError(`${cell.name} is not clocked by the rising edge of the clock`);
  }
}

/** Module instance and source lines that a flattened cell comes from. */
export function blockOf({ name, source }: Cell): string {
  return `${name.slice(0, name.lastIndexOf("."))} ${source}`;
}

/** A flip-flop with or without enable and synchronous reset, of any width. */
export function lowerRegister(to: Lowered, cell: Cell): void {
  const { type, parameters, connections } = cell;
  const { CLK, D, Q, EN, SRST } = connections;
  checkClock(to, cell, CLK[0], parameters.CLK_POLARITY);
  const active = (bit: Bit, polarity: string): Bit => (/1$/.test(polarity) ? bit : to.not(bit));
  let next = D;
  let enable: Bit = EN ? active(EN[0], parameters.EN_POLARITY) : "1";
  if (SRST) {
    const reset = active(SRST[0], parameters.SRST_POLARITY);
    const value = [...parameters.SRST_VALUE].reverse().map((bit): Bit => (bit === "1" ? "1" : "0"));
    next = to.mux(reset, D, value);
    // $sdffe resets also while it is not enabled, $sdffce does not.
    if (type === "$sdffe") enable = to.operate("or", [[reset], [enable]], 1)[0];
  }
  for (const [from, end] of pieces(Q.length)) {
    to.registers.push({
      q: Q.slice(from, end) as number[],
      next: next.slice(from, end),
      enable,
      block: blockOf(cell),
    });
  }
}
