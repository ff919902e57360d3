import { runYosys } from "@yowasp/yosys";
import { runTool, textFile } from "../../host/bitstream/yowasp.ts";
import { compileNetlist } from "../../host/sim/netlist/compile.ts";
import { engineSources } from "./sources.ts";

/** Lowest bits of the ports in the argument and the result of step(). Never both in use: those that share. */
export const PINS = {
  data: 0,
  address: 8,
  weightWrite: 22,
  write: 30,
  start: 31,
  half: 0,
  busy: 16,
} as const;

/**
 * The plain engine as Wasm, from the Verilog that is synthesised.
 * @throws ToolError with the end of the tool's log
 */
export async function buildModel(dsp: boolean): Promise<WebAssembly.Module> {
  const verilog = engineSources();
  const names = Object.keys(verilog).filter((name) => /^(mac_.*|table_memory)\.v$/.test(name));
  const script = [
    `read_verilog -I. ${names.join(" ")}`,
    `hierarchy -check -top mac_core -chparam DSP ${dsp ? 1 : 0}`,
    // It matters to synthesis only. Variants of a module come from its source, attributes included.
    "setattr -mod -unset keep_hierarchy *",
    "proc; flatten; opt -nodffe -nosdff; memory -nomap; opt_clean; write_json netlist.json",
  ].join("; ");
  const yosys = await runTool("Yosys", runYosys, ["-q", "-p", script], { ...verilog });
  const { wasm } = compileNetlist(textFile(yosys, "netlist.json"), {
    top: "mac_core",
    clock: "clk_i",
    inputs: {
      write_data_i: PINS.data,
      weight_byte_i: PINS.data,
      write_element_i: PINS.address,
      weight_address_i: PINS.address,
      read_half_i: PINS.address,
      weight_write_i: PINS.weightWrite,
      write_i: PINS.write,
      start_i: PINS.start,
    },
    outputs: { half_o: PINS.half, busy_o: PINS.busy },
  });
  return new WebAssembly.Module(wasm as Uint8Array<ArrayBuffer>);
}
