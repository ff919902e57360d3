import type { Netlist, Placement } from "../../host/bitstream/flow.ts";
import { startStage } from "../../host/bitstream/run-flow.ts";
import { shellOf } from "./shell.ts";

/** What one engine costs, from the tools' own reports. */
export interface Cost {
  /** Of the engine alone, by Yosys */
  readonly lut4: number;
  readonly registers: number;
  readonly ebr: number;
  readonly spram: number;
  readonly dsp: number;
  /** nextpnr's logic cells, without those of the shell around the engine */
  readonly logicCells: number;
  /** Of each placement seed, in MHz */
  readonly fmax: readonly { readonly seed: number; readonly megahertz: number }[];
}

type Parameters = Readonly<Record<string, string>>;
type Verilog = Readonly<Record<string, string>>;

/** The same for both engines. */
const SYNTHESIS = "synth_ice40 -spram -device u -noabc9";
const PLACE_AND_ROUTE = ["--up5k", "--package", "sg48"];
/** Beyond reach: the rate is as high as the placer gets it. */
const ASKED_MEGAHERTZ = 100;

const synthesis = (verilog: Verilog, top: string, dsp: boolean): Promise<Netlist> =>
  startStage({
    stage: "synthesis",
    verilog,
    top,
    command: dsp ? `${SYNTHESIS} -dsp` : SYNTHESIS,
    spram: true,
  }).result;

/** Modules with other defaults: what Yosys' -chparam does, where it reaches the flow. */
function withParameters(verilog: Verilog, top: string, parameters: Parameters): Verilog {
  let text = verilog[`${top}.v`];
  for (const [name, value] of Object.entries(parameters)) {
    text = text.replace(new RegExp(`(parameter .*\\b${name} = )[^,\\n]*`), `$1${value}`);
  }
  return { ...verilog, [`${top}.v`]: text };
}

const registersOf = (cells: Netlist["cells"]) =>
  Object.entries(cells).reduce((sum, [type, n]) => sum + (type.startsWith("SB_DFF") ? n : 0), 0);

/** Look-up tables of one module, by Yosys. */
export async function lut4Of(
  verilog: Verilog,
  top: string,
  parameters: Parameters = {},
): Promise<number> {
  const dsp = parameters.DSP === "1'b1";
  const { cells } = await synthesis(withParameters(verilog, top, parameters), top, dsp);
  return cells.SB_LUT4 ?? 0;
}

/**
 * Synthesises an engine alone, then places it inside a shell with several seeds.
 * @throws NomulError E_BUILD_FAILED
 */
export async function costOf(
  verilog: Verilog,
  top: string,
  parameters: Parameters,
  seeds: readonly number[],
  onProgress: (text: string) => void,
): Promise<Cost> {
  const dsp = parameters.DSP === "1'b1";
  onProgress("Yosys");
  const { cells } = await synthesis(withParameters(verilog, top, parameters), top, dsp);
  const shell = shellOf(top, verilog[`${top}.v`], parameters);
  const { netlist } = await synthesis({ ...verilog, "shell.v": shell.text }, "shell", dsp);
  const placed: Placement[] = [];
  for (const seed of seeds) {
    onProgress(`nextpnr, seed ${seed}`);
    const stage = startStage({
      stage: "placement",
      netlist,
      options: [...PLACE_AND_ROUTE, "--pcf-allow-unconstrained"],
      constraints: "",
      megahertz: ASKED_MEGAHERTZ,
      seed,
      label: "bench:mac",
    });
    placed.push(await stage.result);
  }
  return {
    lut4: cells.SB_LUT4,
    registers: registersOf(cells),
    ebr: cells.SB_RAM40_4K ?? 0,
    spram: cells.SB_SPRAM256KA ?? 0,
    dsp: cells.SB_MAC16 ?? 0,
    logicCells: placed[0].utilization.ICESTORM_LC.used - shell.registers,
    fmax: placed.map(({ seed, fmaxHz }) => ({ seed, megahertz: fmaxHz / 1e6 })),
  };
}
