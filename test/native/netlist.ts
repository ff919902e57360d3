/** The gateware as Yosys maps it to a chip's cells, with the models of those cells. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { runYosys } from "@yowasp/yosys";
import { runTool, textFile } from "../../host/bitstream/yowasp.ts";
import { gatewareParameters, readGateware } from "../../host/board/gateware.ts";
import type { Board } from "../../host/board/schema.ts";

/** Models of Lattice's cells, from Yosys' own share. */
function cellModels(): string {
  const bundle = createRequire(import.meta.url).resolve("@yowasp/yosys");
  const path = join(dirname(bundle), "share", "ice40", "cells_sim.v");
  return readFileSync(path, "utf8");
}

/** Verilator's options for these files: it has no default values of inputs, so none may be open. */
export const netlistOptions = ["-DNO_ICE40_DEFAULT_ASSIGNMENTS", "-Werror-PINMISSING"];

/**
 * Synthesises nomul_top for an iCE40 board as `nomul build` does, with the simulator's line rate.
 * Takes a minute.
 * @returns file name → Verilog
 */
export async function netlistOf(board: Board): Promise<Record<string, string>> {
  const { files, firmware } = readGateware();
  const parameters = gatewareParameters(board, board.simulation.divisor, firmware);
  const sets = Object.entries(parameters).map(([name, value]) => `-set ${name} ${value}`);
  const script = [
    `read_verilog -I. ${Object.keys(files)
      .filter((name) => name.endsWith(".v"))
      .join(" ")}`,
    `chparam ${sets.join(" ")} nomul_top`,
    "hierarchy -top nomul_top",
    `${board.tools.synthesis} -top nomul_top`,
    "write_verilog -noattr -noexpr -nohex netlist.v",
  ].join("; ");
  const result = await runTool("Yosys", runYosys, ["-q", "-p", script], { ...files });
  return { "netlist.v": textFile(result, "netlist.v"), "cells_sim.v": cellModels() };
}
