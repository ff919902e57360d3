// Child process for one stage of a build: Verilog to netlist, or netlist to bitstream. A process of
// its own, because Yosys and nextpnr need up to 1 GB of memory for minutes and must not stop the
// caller's event loop; one for each placement, so that two run at a time.
import { runIcepack, runNextpnrIce40 } from "@yowasp/nextpnr-ice40";
import { runYosys } from "@yowasp/yosys";
import { runTool, ToolError, textFile } from "./yowasp.ts";

export interface SynthesisRequest {
  readonly stage: "synthesis";
  /** File name → text; .vh files are includes. */
  readonly verilog: Readonly<Record<string, string>>;
  readonly top: string;
  /** Yosys' command, without -top and -json. */
  readonly command: string;
  /** Whether the chip has SPRAM: without it, memories that ask for it go where there is room. */
  readonly spram: boolean;
}

export interface Netlist {
  /** Yosys' JSON. */
  readonly netlist: string;
  /** Cell type → how many. */
  readonly cells: Readonly<Record<string, number>>;
  readonly seconds: number;
}

export interface PlacementRequest {
  readonly stage: "placement";
  readonly netlist: string;
  /** Words after "nextpnr-ice40". */
  readonly options: readonly string[];
  readonly constraints: string;
  readonly megahertz: number;
  readonly seed: number;
  /** Written into the bitstream, before the part that the chip reads. */
  readonly label: string;
}

export interface Placement {
  readonly seed: number;
  /** Of the slowest clock. */
  readonly fmaxHz: number;
  /** nextpnr's name of a kind of cell → how many. */
  readonly utilization: Readonly<Record<string, { readonly used: number; available: number }>>;
  readonly bitstream: Uint8Array;
  readonly seconds: number;
}

export type FlowMessage =
  | { readonly kind: "done"; readonly result: Netlist | Placement }
  | { readonly kind: "failed"; readonly tool: string; readonly log: string };

interface NextpnrReport {
  readonly fmax: Readonly<Record<string, { readonly achieved: number }>>;
  readonly utilization: Placement["utilization"];
}

const secondsSince = (startMs: number) => (performance.now() - startMs) / 1000;

async function synthesise(request: SynthesisRequest): Promise<Netlist> {
  const startMs = performance.now();
  const sources = Object.keys(request.verilog).filter((name) => name.endsWith(".v"));
  const script = [
    `read_verilog -I. ${sources.join(" ")}`,
    // Without -check: the chip's own cells are known to the synthesis command only.
    `hierarchy -top ${request.top}`,
    ...(request.spram ? [] : ["setattr -unset ram_style m:* a:ram_style=huge %i"]),
    `${request.command} -top ${request.top}`,
    "write_json netlist.json",
    "tee -q -o cells.json stat -json",
  ].join("; ");
  const files = await runTool("Yosys", runYosys, ["-q", "-p", script], { ...request.verilog });
  const { design } = JSON.parse(textFile(files, "cells.json"));
  const netlist = textFile(files, "netlist.json");
  return { netlist, cells: design.num_cells_by_type, seconds: secondsSince(startMs) };
}

async function place(request: PlacementRequest): Promise<Placement> {
  const startMs = performance.now();
  const { constraints, label, megahertz, netlist, options, seed } = request;
  const names = "--json netlist.json --pcf pins.pcf --asc top.asc --report report.json";
  const timing = `--freq ${megahertz} --seed ${seed} --timing-allow-fail -q`;
  const args = [...options, ...names.split(" "), ...timing.split(" ")];
  const inputs = { "netlist.json": netlist, "pins.pcf": constraints };
  const files = await runTool("nextpnr", runNextpnrIce40, args, inputs);
  const report: NextpnrReport = JSON.parse(textFile(files, "report.json"));
  const asc = textFile(files, "top.asc").replace(/^\.comment.*$/m, `.comment\n${label}`);
  const packed = await runTool("icepack", runIcepack, ["top.asc", "top.bin"], { "top.asc": asc });
  return {
    seed,
    fmaxHz: Math.min(...Object.values(report.fmax).map(({ achieved }) => achieved * 1e6)),
    utilization: report.utilization,
    bitstream: packed["top.bin"] as Uint8Array,
    seconds: secondsSince(startMs),
  };
}

process.once("message", async (request: SynthesisRequest | PlacementRequest) => {
  let message: FlowMessage;
  try {
    const result = await (request.stage === "synthesis" ? synthesise(request) : place(request));
    message = { kind: "done", result };
  } catch (error) {
    const tool = error instanceof ToolError ? error.tool : "toolchain";
    message = { kind: "failed", tool, log: (error as Error).message };
  }
  process.send?.(message, () => process.disconnect());
});
