import { hfoscDivider, pllSettings } from "../board/clock.ts";
import { drivePort } from "../board/constraints.ts";
import type { GatewareParameters } from "../board/gateware.ts";
import type { Board } from "../board/schema.ts";

const binary = (value: number, digits: number) =>
  `${digits}'b${value.toString(2).padStart(digits, "0")}`;

/**
 * The clock of an iCE40 PLL, let through only once the PLL has locked: before that its rate may be
 * anything, and nomul_top, which starts by itself, would lose its first state. The enable changes
 * while the clock is low, so that no pulse is cut short.
 */
function pllClock(board: Board): string[] {
  const { generator, pinHz, hz } = board.clock;
  const settings = pllSettings(pinHz!, hz)!;
  const [cell, input] =
    generator === "pll-pad" ? ["SB_PLL40_PAD", "PACKAGEPIN"] : ["SB_PLL40_CORE", "REFERENCECLK"];
  return [
    "  wire pll_clk, locked;",
    "  reg enable_q = 1'b0;",
    `  ${cell} #(`,
    '    .FEEDBACK_PATH("SIMPLE"),',
    `    .DIVR(${binary(settings.divr, 4)}), .DIVF(${binary(settings.divf, 7)}),`,
    `    .DIVQ(${binary(settings.divq, 3)}), .FILTER_RANGE(${binary(settings.filterRange, 3)})`,
    "  ) u_pll (",
    `    .${input}(clk_i), .PLLOUTCORE(pll_clk), .LOCK(locked), .RESETB(1'b1), .BYPASS(1'b0)`,
    "  );",
    "  always @(negedge pll_clk) enable_q <= locked;",
    "  wire clk;",
    "  SB_GB u_clock (.USER_SIGNAL_TO_GLOBAL_BUFFER(pll_clk && enable_q), .GLOBAL_BUFFER_OUTPUT(clk));",
  ];
}

function clockLines(board: Board): string[] {
  switch (board.clock.generator) {
    case "pin":
      return ["  wire clk = clk_i;"];
    case "hfosc":
      return [
        "  wire clk;",
        `  SB_HFOSC #(.CLKHF_DIV("0b${hfoscDivider(board.clock.hz).toString(2).padStart(2, "0")}"))`,
        "    u_oscillator (.CLKHFPU(1'b1), .CLKHFEN(1'b1), .CLKHF(clk));",
      ];
    default:
      return pllClock(board);
  }
}

/**
 * Verilog of the module `board_top`: the board's clock, and nomul_top between the board's pins. Its
 * ports are those of nomul_top that the board has pins for, under the same names, and one for each
 * pin of `drive`.
 */
export function boardTop(board: Board, parameters: GatewareParameters): string {
  const slots = board.flash.userOffset !== null;
  const ports = [
    ...(board.clock.pin === null ? [] : ["input  wire clk_i"]),
    "input  wire uart_rx_i",
    "output wire uart_tx_o",
    ...(board.busy.pin === null ? [] : ["output wire busy_o"]),
    ...(slots
      ? [
          "output wire flash_cs_n_o",
          "output wire flash_sck_o",
          "output wire flash_mosi_o",
          "input  wire flash_miso_i",
        ]
      : []),
    ...board.drive.map(({ pin }) => `output wire ${drivePort(pin)}`),
  ];
  const flash = ["cs_n_o", "sck_o", "mosi_o"].map(
    (p) => `.flash_${p}(${slots ? `flash_${p}` : ""})`,
  );
  return [
    `// Generated from boards/${board.id}.json`,
    "`default_nettype none",
    "module board_top (",
    ports.map((port) => `  ${port}`).join(",\n"),
    ");",
    ...clockLines(board),
    "  wire busy;",
    "  nomul_top #(",
    Object.entries(parameters)
      .map(([name, value]) => `    .${name}(${value})`)
      .join(",\n"),
    "  ) u_nomul_top (",
    "    .clk_i(clk), .uart_rx_i(uart_rx_i), .uart_tx_o(uart_tx_o),",
    `    ${flash.join(", ")},`,
    // Without a chip the line reads 1, as an unconnected pin with its pull-up does.
    `    .flash_miso_i(${slots ? "flash_miso_i" : "1'b1"}), .busy_o(busy)`,
    "  );",
    ...(board.busy.pin === null
      ? []
      : [`  assign busy_o = ${board.busy.activeLow ? "!busy" : "busy"};`]),
    ...board.drive.map(({ pin, level }) => `  assign ${drivePort(pin)} = 1'b${level};`),
    "endmodule",
    "`default_nettype wire",
    "",
  ].join("\n");
}
