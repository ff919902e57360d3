import type { FlowRequest, FlowResult } from "../../host/bitstream/flow.ts";
import { runFlow } from "../../host/bitstream/run-flow.ts";
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
/** Beyond reach, so that every seed is tried. */
const ASKED_MEGAHERTZ = 100;

const request = (verilog: Verilog, top: string, dsp: boolean): FlowRequest => ({
  verilog,
  top,
  synthesis: dsp ? `${SYNTHESIS} -dsp` : SYNTHESIS,
  spram: true,
  placeAndRoute: null,
  constraints: "",
  megahertz: ASKED_MEGAHERTZ,
  seeds: [],
  output: "",
});

/** Modules with other defaults: what Yosys' -chparam does, where it reaches the flow. */
function withParameters(verilog: Verilog, top: string, parameters: Parameters): Verilog {
  let text = verilog[`${top}.v`];
  for (const [name, value] of Object.entries(parameters)) {
    text = text.replace(new RegExp(`(parameter .*\\b${name} = )[^,\\n]*`), `$1${value}`);
  }
  return { ...verilog, [`${top}.v`]: text };
}

const registersOf = (cells: FlowResult["cells"]) =>
  Object.entries(cells).reduce((sum, [type, n]) => sum + (type.startsWith("SB_DFF") ? n : 0), 0);

/** Look-up tables of one module, by Yosys. */
export async function lut4Of(
  verilog: Verilog,
  top: string,
  parameters: Parameters = {},
): Promise<number> {
  const dsp = parameters.DSP === "1'b1";
  const flow = await runFlow(request(withParameters(verilog, top, parameters), top, dsp));
  return flow.cells.SB_LUT4 ?? 0;
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
  const alone = await runFlow(
    request(withParameters(verilog, top, parameters), top, dsp),
    onProgress,
  );
  const shell = shellOf(top, verilog[`${top}.v`], parameters);
  const { placed } = await runFlow(
    {
      ...request({ ...verilog, "shell.v": shell.text }, "shell", dsp),
      placeAndRoute: [...PLACE_AND_ROUTE, "--pcf-allow-unconstrained"],
      seeds,
    },
    onProgress,
  );
  const { cells } = alone;
  return {
    lut4: cells.SB_LUT4,
    registers: registersOf(cells),
    ebr: cells.SB_RAM40_4K ?? 0,
    spram: cells.SB_SPRAM256KA ?? 0,
    dsp: cells.SB_MAC16 ?? 0,
    logicCells: placed!.utilization.ICESTORM_LC.used - shell.registers,
    fmax: placed!.tried.map(({ seed, fmaxHz }) => ({ seed, megahertz: fmaxHz / 1e6 })),
  };
}
