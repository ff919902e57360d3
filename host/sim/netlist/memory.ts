import { type Lowered, pieces } from "./lower.ts";
import { type Bit, type Bits, type Cell, ModelError, parameter } from "./read.ts";
import { blockOf, checkClock } from "./register.ts";

/** An array in the model's linear memory. */
export interface Memory {
  /** Hierarchical, without Yosys' backslash, e.g. `u_frame_buffer.mem` */
  readonly name: string;
  /** Bits of a row */
  readonly width: number;
  /** Rows */
  readonly depth: number;
  /** Rows that can be addressed: those beyond the depth stay 0 */
  readonly addressable: number;
  /** Power of two up to 8, or a multiple of 8 */
  readonly rowBytes: number;
  /** Row 0 first, "0" and "1", bit 0 of a row first; all 0 if empty */
  readonly initial: string;
}

const rowBytesOf = (width: number): number =>
  width > 64
    ? Math.ceil(width / 64) * 8
    : ([1, 2, 4, 8].find((bytes) => bytes * 8 >= width) as number);

/** Runs of bits with the same enable, each within 64 bits of the row. */
function runsOf(enables: Bits): { from: number; to: number; enable: Bit }[] {
  return pieces(enables.length).flatMap(([start, end]) => {
    const runs: { from: number; to: number; enable: Bit }[] = [];
    for (let i = start; i < end; i++) {
      const last = runs.at(-1);
      if (last?.enable === enables[i]) last.to = i + 1;
      else runs.push({ from: i, to: i + 1, enable: enables[i] });
    }
    return runs;
  });
}

function isBelow(to: Lowered, address: Bits, limit: number): Bit {
  const bits = address.map((_, i): Bit => ((limit >> i) & 1 ? "1" : "0"));
  return to.operate("lt", [address, bits], 1)[0];
}

/** Ports of a memory: reads give what was there before the clock edge, also of the row written. */
export function lowerMemory(to: Lowered, cell: Cell): void {
  const { parameters, connections } = cell;
  const number = (name: string) => parameter(cell, name);
  const [width, depth, addressBits] = [number("WIDTH"), number("SIZE"), number("ABITS")];
  const flags = (name: string) => [...parameters[name]].reverse();
  const refuse = (name: string) => {
    if (/1/.test(parameters[name])) throw new ModelError(`${cell.name}: cannot simulate ${name}`);
  };
  for (const name of ["RD_WIDE_CONTINUATION", "WR_WIDE_CONTINUATION", "RD_TRANSPARENCY_MASK"]) {
    refuse(name);
  }
  if (number("OFFSET") !== 0) throw new ModelError(`${cell.name}: its first row is not row 0`);
  const initial = [...parameters.INIT].reverse().map((bit) => (bit === "1" ? "1" : "0"));
  const memory: Memory = {
    name: parameters.MEMID.replace(/^\\/, ""),
    width,
    depth,
    addressable: 2 ** addressBits,
    rowBytes: rowBytesOf(width),
    initial: initial.includes("1") ? initial.join("") : "",
  };
  to.memories.push(memory);
  const block = blockOf(cell);
  const port = (bits: Bits, i: number, size: number) => bits.slice(i * size, (i + 1) * size);

  const { RD_ADDR, RD_DATA, RD_EN, RD_CLK, RD_SRST, RD_ARST } = connections;
  for (let i = 0; i < number("RD_PORTS"); i++) {
    if (RD_SRST[i] !== "0" || RD_ARST[i] !== "0") {
      throw new ModelError(`${cell.name}: cannot simulate a read port with reset`);
    }
    const address = port(RD_ADDR, i, addressBits);
    const data = port(RD_DATA, i, width);
    const clocked = flags("RD_CLK_ENABLE")[i] === "1";
    if (clocked) checkClock(to, cell, RD_CLK[i], flags("RD_CLK_POLARITY")[i]);
    for (const [from, end] of pieces(width)) {
      const output = to.fresh(end - from);
      to.operations.push({
        operator: "load",
        inputs: [address],
        output,
        signed: false,
        source: { memory, byte: from / 8 },
      });
      const q = data.slice(from, end);
      if (clocked) to.registers.push({ q: q as number[], next: output, enable: RD_EN[i], block });
      else to.join(q, output);
    }
  }

  const { WR_ADDR, WR_DATA, WR_EN, WR_CLK } = connections;
  for (let i = 0; i < number("WR_PORTS"); i++) {
    checkClock(to, cell, WR_CLK[i], flags("WR_CLK_POLARITY")[i]);
    const data = port(WR_DATA, i, width);
    const address = port(WR_ADDR, i, addressBits);
    const there = depth < memory.addressable ? isBelow(to, address, depth) : "1";
    for (const { from, to: end, enable } of runsOf(port(WR_EN, i, width))) {
      to.writes.push({
        memory,
        address,
        at: from,
        data: data.slice(from, end),
        enable: there === "1" ? enable : to.operate("and", [[there], [enable]], 1)[0],
        block,
      });
    }
  }
}
