// Child process that turns gateware into a bitstream. A process of its own, because Yosys and nextpnr
// need 1 GB of memory for minutes and must not stop the caller's event loop.
import { renameSync, writeFileSync } from "node:fs";
import { runIcepack, runNextpnrIce40 } from "@yowasp/nextpnr-ice40";
import { runYosys } from "@yowasp/yosys";
import { runTool, ToolError, type Tree, textFile } from "./yowasp.ts";

/** Verilog in, `<output>.json` and, if timing is met, `<output>.bin` out. */
export interface FlowRequest {
  /** File name → text; .vh files are includes. */
  readonly verilog: Readonly<Record<string, string>>;
  readonly top: string;
  /** Yosys' command, without -top and -json. */
  readonly synthesis: string;
  /** Whether the chip has SPRAM: without it, memories that ask for it go where there is room. */
  readonly spram: boolean;
  /** Words after "nextpnr-ice40"; null stops after synthesis. */
  readonly placeAndRoute: readonly string[] | null;
  readonly constraints: string;
  readonly megahertz: number;
  /** Placement seeds in the order in which they are tried, until one meets timing. */
  readonly seeds: readonly number[];
  /** Path of the results without the suffix. */
  readonly output: string;
}

export interface FlowResult {
  /** Cell type of the netlist → how many. */
  readonly cells: Readonly<Record<string, number>>;
  /** Undefined after synthesis alone. */
  readonly placed: Placement | undefined;
  readonly seconds: { readonly synthesis: number; readonly placeAndRoute: number };
}

export interface Placement {
  readonly seed: number;
  /** Every seed tried, with the rate it reached. */
  readonly tried: readonly { readonly seed: number; readonly fmaxHz: number }[];
  readonly fmaxHz: number;
  readonly met: boolean;
  /** nextpnr's name of a kind of cell → how many. */
  readonly utilization: Readonly<Record<string, { readonly used: number; available: number }>>;
}

export type FlowMessage =
  | { readonly kind: "progress"; readonly text: string }
  | { readonly kind: "done"; readonly result: FlowResult }
  | { readonly kind: "failed"; readonly tool: string; readonly log: string };

type Progress = (text: string) => void;

interface NextpnrReport {
  readonly fmax: Readonly<Record<string, { readonly achieved: number }>>;
  readonly utilization: Placement["utilization"];
}

async function synthesise(
  request: FlowRequest,
): Promise<{ netlist: string; cells: FlowResult["cells"] }> {
  const sources = Object.keys(request.verilog).filter((name) => name.endsWith(".v"));
  const script = [
    `read_verilog -I. ${sources.join(" ")}`,
    // Without -check: the chip's own cells are known to the synthesis command only.
    `hierarchy -top ${request.top}`,
    ...(request.spram ? [] : ["setattr -unset ram_style m:* a:ram_style=huge %i"]),
    `${request.synthesis} -top ${request.top}`,
    "write_json netlist.json",
    "tee -q -o cells.json stat -json",
  ].join("; ");
  const files = await runTool("Yosys", runYosys, ["-q", "-p", script], { ...request.verilog });
  const { design } = JSON.parse(textFile(files, "cells.json"));
  return { netlist: textFile(files, "netlist.json"), cells: design.num_cells_by_type };
}

/** One placement. The report's rate is that of the slowest clock. */
async function placeOnce(request: FlowRequest, netlist: string, seed: number) {
  const args = [
    ...(request.placeAndRoute ?? []),
    ...[
      "--json",
      "netlist.json",
      "--pcf",
      "pins.pcf",
      "--asc",
      "top.asc",
      "--report",
      "report.json",
    ],
    ...["--freq", String(request.megahertz), "--seed", String(seed), "--timing-allow-fail", "-q"],
  ];
  const inputs: Tree = { "netlist.json": netlist, "pins.pcf": request.constraints };
  const files = await runTool("nextpnr", runNextpnrIce40, args, inputs);
  const report: NextpnrReport = JSON.parse(textFile(files, "report.json"));
  const rates = Object.values(report.fmax).map(({ achieved }) => achieved * 1e6);
  return { asc: textFile(files, "top.asc"), fmaxHz: Math.min(...rates), report };
}

async function place(request: FlowRequest, netlist: string, progress: Progress) {
  const wanted = request.megahertz * 1e6;
  const tried: { seed: number; fmaxHz: number }[] = [];
  let best: (Placement & { asc: string }) | undefined;
  for (const seed of request.seeds) {
    const last = tried.at(-1);
    const why = last ? `, after ${(last.fmaxHz / 1e6).toFixed(2)} MHz` : "";
    progress(`nextpnr: place and route, seed ${seed}${why}`);
    const { asc, fmaxHz, report } = await placeOnce(request, netlist, seed);
    tried.push({ seed, fmaxHz });
    const met = fmaxHz >= wanted;
    if (!best || fmaxHz > best.fmaxHz) {
      best = { seed, tried, fmaxHz, met, utilization: report.utilization, asc };
    }
    if (met) break;
  }
  if (!best) throw new ToolError("nextpnr", "there is no seed to try");
  return best;
}

/** Written under another name and renamed, so that a file of that name is always whole. */
function writeWhole(path: string, content: string | Uint8Array): void {
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, content);
  renameSync(temporary, path);
}

async function build(request: FlowRequest, progress: Progress): Promise<FlowResult> {
  const start = performance.now();
  progress("Yosys: Verilog to netlist");
  const { netlist, cells } = await synthesise(request);
  const synthesised = performance.now();
  const seconds = { synthesis: (synthesised - start) / 1000, placeAndRoute: 0 };
  if (!request.placeAndRoute) return { cells, placed: undefined, seconds };

  const { asc, ...placed } = await place(request, netlist, progress);
  seconds.placeAndRoute = (performance.now() - synthesised) / 1000;
  const result = { cells, placed, seconds };
  if (!placed.met) return result;
  const packed = await runTool("icepack", runIcepack, ["top.asc", "top.bin"], { "top.asc": asc });
  writeWhole(`${request.output}.bin`, packed["top.bin"] as Uint8Array);
  // Last, because its presence says that the build is complete.
  writeWhole(`${request.output}.json`, JSON.stringify(result));
  return result;
}

const send = (message: FlowMessage) => process.send?.(message);

process.once("message", async (request: FlowRequest) => {
  try {
    const result = await build(request, (text) => send({ kind: "progress", text }));
    send({ kind: "done", result });
  } catch (error) {
    const tool = error instanceof ToolError ? error.tool : "toolchain";
    send({ kind: "failed", tool, log: (error as Error).message });
  }
  process.disconnect();
});
