/** A module whose ports hang on shift registers, so that four pins are enough to place it. */
export interface Shell {
  /** Verilog of the module `shell` */
  readonly text: string;
  /** Registers of its own: as many logic cells. */
  readonly registers: number;
}

const PORT = /^\s*(input|output)\s+wire\s+(?:\[(\d+):0\]\s+)?(\w+)/gm;

/**
 * @param core Verilog of a module with a port `clk_i`, ports declared in its head, one a line
 * @param parameters name → value
 */
export function shellOf(
  name: string,
  core: string,
  parameters: Readonly<Record<string, string>>,
): Shell {
  const head = core.slice(0, core.indexOf(");"));
  const ports = [...head.matchAll(PORT)].map(([, direction, high, port]) => ({
    direction,
    port,
    bits: Number(high ?? 0) + 1,
  }));
  const connections = [".clk_i(clk_i)"];
  const used = { input: 0, output: 0 };
  for (const { direction, port, bits } of ports) {
    if (port === "clk_i") continue;
    const side = direction === "input" ? "input" : "output";
    connections.push(
      `.${port}(${side === "input" ? "in_q" : "out"}[${used[side] + bits - 1}:${used[side]}])`,
    );
    used[side] += bits;
  }
  const set = Object.entries(parameters).map(([key, value]) => `.${key}(${value})`);
  const text = `\`default_nettype none
module shell (input wire clk_i, input wire bit_i, input wire load_i, output wire bit_o);
  reg [${used.input - 1}:0] in_q;
  reg [${used.output - 1}:0] out_q;
  wire [${used.output - 1}:0] out;
  assign bit_o = out_q[${used.output - 1}];
  always @(posedge clk_i) begin
    in_q <= {in_q[${used.input - 2}:0], bit_i};
    out_q <= load_i ? out : {out_q[${used.output - 2}:0], 1'b0};
  end
  ${name} ${set.length > 0 ? `#(${set.join(", ")}) ` : ""}u_core (${connections.join(", ")});
endmodule
\`default_nettype wire
`;
  return { text, registers: used.input + used.output };
}
