// Child process that turns gateware into Wasm. A process of its own, because Yosys needs hundreds of
// megabytes for some seconds and must not stop the caller's event loop.
import { renameSync, writeFileSync } from "node:fs";
import { runYosys } from "@yowasp/yosys";
import type { Board } from "../board/schema.ts";
import { sectionBanks } from "./arrays.ts";
import { withNote } from "./model-file.ts";
import { compileNetlist } from "./netlist/compile.ts";
import { ModelError } from "./netlist/read.ts";

/** Verilog in, one .wasm file out. */
export interface ToolchainRequest {
  readonly verilog: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
  readonly divisor: number;
  readonly clockHz: number;
  /** Whose memory sections must be there for fault injection. */
  readonly engine: Board["engine"] | undefined;
  /** The .wasm file; written under another name beside it and renamed. */
  readonly output: string;
}

export type ToolchainMessage =
  | { readonly kind: "progress"; readonly text: string }
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly tool: string; readonly log: string };

type Tree = { [name: string]: Tree | string | Uint8Array };
type Run = (args: string[], files: Tree, options: object) => Promise<Tree> | Tree | undefined;

const LOG_LINES = 15;

class ToolError extends Error {
  readonly tool: string;

  constructor(tool: string, log: string) {
    super(log);
    this.tool = tool;
  }
}

/** An exit of a YoWASP tool carries all its files: only the last lines of its log are kept. */
async function run(tool: string, command: Run, args: string[], files: Tree): Promise<Tree> {
  const decoder = new TextDecoder();
  let log = "";
  const collect = (bytes: Uint8Array | null) => {
    if (bytes) log += decoder.decode(bytes, { stream: true });
  };
  try {
    return (await command(args, files, { stdout: collect, stderr: collect })) ?? {};
  } catch (error) {
    const lines = log.trim().split("\n").slice(-LOG_LINES);
    throw new ToolError(tool, lines.join("\n") || String((error as Error).message));
  }
}

function yosysScript({ verilog, parameters }: ToolchainRequest): string {
  const sources = Object.keys(verilog).filter((name) => name.endsWith(".v"));
  const set = Object.entries(parameters).map(([name, value]) => `-chparam ${name} ${value}`);
  return [
    `read_verilog -I. ${sources.join(" ")}`,
    `hierarchy -check -top nomul_top ${set.join(" ")}`,
    "proc",
    "flatten",
    // Without clock-enable inference: the logic of the enables costs more than it spares.
    "opt -nodffe -nosdff",
    "memory -nomap",
    "opt_clean",
    "write_json netlist.json",
  ].join("; ");
}

/** Bits of the argument and the result of the model's step(); assembly/sim.ts reads them. */
const pins = {
  top: "nomul_top",
  clock: "clk_i",
  inputs: { uart_rx_i: 0, flash_miso_i: 1 },
  outputs: {
    uart_tx_o: 0,
    busy_o: 1,
    flash_cs_n_o: 2,
    flash_sck_o: 3,
    flash_mosi_o: 4,
    "u_baud.divisor_q": 16,
  },
};

async function build(request: ToolchainRequest, progress: (text: string) => void): Promise<void> {
  progress("Yosys: gateware to a netlist");
  const yosys = await run("Yosys", runYosys as Run, ["-q", "-p", yosysScript(request)], {
    ...request.verilog,
  });
  progress("netlist to Wasm");
  const { wasm, arrays } = compileNetlist(String(yosys["netlist.json"]), pins);
  const { clockHz, divisor, engine } = request;
  const banks = engine && sectionBanks(arrays, engine);
  const temporary = `${request.output}.${process.pid}`;
  writeFileSync(temporary, withNote(wasm, { clockHz, divisor, banks }));
  renameSync(temporary, request.output);
}

const send = (message: ToolchainMessage) => process.send?.(message);

process.once("message", async (request: ToolchainRequest) => {
  try {
    await build(request, (text) => send({ kind: "progress", text }));
    send({ kind: "done" });
  } catch (error) {
    const tool =
      error instanceof ToolError ? error.tool : error instanceof ModelError ? "model" : "toolchain";
    send({ kind: "failed", tool, log: (error as Error).message });
  }
  process.disconnect();
});
