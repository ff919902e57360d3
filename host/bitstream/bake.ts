import { firmwareOf, type Gateware, readGateware } from "../board/gateware.ts";
import type { Board } from "../board/schema.ts";
import { NomulError } from "../errors.ts";
import type { TableImage } from "../image/read.ts";
import { checkImageFits } from "../link/fit-check.ts";
import { boardLimits } from "./limits.ts";

/** What the gateware's addresses reach, whatever memory is behind them. */
const TABLE_SPACE = 1 << 17;
const PARAMETER_SPACE = (1 << 13) - 8;
/** An iCE40 has at most 16 KiB of block RAM, and 15 KiB in LUTs if nothing else were in it. */
const BYTES_MAX = 1 << 15;

/** Bytes as a Verilog constant: byte 0 lowest. */
function constant(bytes: Uint8Array): string {
  const digits = [...bytes].reverse().map((byte) => byte.toString(16).padStart(2, "0"));
  return `${bytes.length * 8}'h${digits.join("")}`;
}

interface Rom {
  readonly name: string;
  /** Bytes of a word, where the first one lies in the section, and from one to the next. */
  readonly bytes: number;
  readonly first: number;
  readonly stride: number;
}

/** An array with constant contents: declaration and initial block. */
function rom(section: Uint8Array, { name, bytes, first, stride }: Rom): string[] {
  const rows = Array.from({ length: section.length / stride }, (_, i) => {
    const at = first + i * stride;
    return `    ${name}[${i}] = ${constant(section.subarray(at, at + bytes))};`;
  });
  return [
    `  reg [${8 * bytes - 1}:0] ${name} [0:${rows.length - 1}];`,
    "  initial begin",
    ...rows,
    "  end",
  ];
}

const verilog = (...lines: readonly string[]) =>
  ["`default_nettype none", ...lines, "endmodule", "`default_nettype wire", ""].join("\n");

/** Address bits of an array of that many words: without those above, nothing compares them. */
const addressBits = (words: number) => Math.max(1, Math.ceil(Math.log2(words)));

const oneWord = (section: Uint8Array) => [
  ...rom(section, { name: "mem", bytes: 8, first: 0, stride: 8 }),
  "  reg [63:0] word_q;",
  "  assign words_o = word_q;",
  `  always @(posedge clk_i) word_q <= mem[address_i[${addressBits(section.length / 8) - 1}:0]];`,
];

/** Even and odd words, as table_memory has them for 16 lanes. */
function twoWords(section: Uint8Array): string[] {
  const bits = addressBits(section.length / 16);
  return [
    ...rom(section, { name: "even", bytes: 8, first: 0, stride: 16 }),
    ...rom(section, { name: "odd", bytes: 8, first: 8, stride: 16 }),
    "  reg [63:0] even_q, odd_q;",
    "  reg swap_q;",
    `  wire [${bits - 1}:0] odd_row = address_i[${bits}:1];`,
    `  wire [${bits - 1}:0] even_row = odd_row + {${"1'b0, ".repeat(bits - 1)}address_i[0]};`,
    "  assign words_o = swap_q ? {even_q, odd_q} : {odd_q, even_q};",
    "  always @(posedge clk_i) begin",
    "    even_q <= even[even_row];",
    "    odd_q <= odd[odd_row];",
    "    swap_q <= address_i[0];",
    "  end",
  ];
}

/** table_memory with constant contents: the ports of firmware-bridge/gateware/table_memory.v. */
const tableMemory = (section: Uint8Array, lanes: number) =>
  verilog(
    "module table_memory #(",
    "  parameter [31:0] BYTES = 32'd0,",
    "  parameter integer LANES = 0",
    ") (",
    "  input  wire        clk_i,",
    "  input  wire [13:0] address_i,",
    "  input  wire [7:0]  write_i,",
    "  input  wire [7:0]  byte_i,",
    `  output wire [${8 * lanes - 1}:0] words_o`,
    ");",
    ...(lanes === 8 ? oneWord(section) : twoWords(section)),
    "  wire unused = &{1'b0, write_i, byte_i, address_i, BYTES, LANES};",
  );

/** parameter_memory likewise. */
function parameterMemory(section: Uint8Array): string {
  const top = addressBits(section.length / 4) - 1;
  return verilog(
    "module parameter_memory #(",
    "  parameter [31:0] BYTES = 32'd0",
    ") (",
    "  input  wire        clk_i,",
    "  input  wire [3:0]  write_i,",
    "  input  wire [7:0]  byte_i,",
    "  input  wire [10:0] low_address_i,",
    "  input  wire [10:0] high_address_i,",
    "  output reg  [15:0] low_o,",
    "  output reg  [15:0] high_o",
    ");",
    ...rom(section, { name: "mem0", bytes: 2, first: 0, stride: 4 }),
    ...rom(section, { name: "mem1", bytes: 2, first: 2, stride: 4 }),
    "  always @(posedge clk_i) begin",
    `    low_o <= mem0[low_address_i[${top}:0]];`,
    `    high_o <= mem1[high_address_i[${top}:0]];`,
    "  end",
    "  wire unused = &{1'b0, write_i, byte_i, low_address_i, high_address_i, BYTES};",
  );
}

/** image_state of a device that holds one image from reset on, and never another. */
const imageState = ({ device, deviceCrc, tableOffset }: TableImage) =>
  verilog(
    '`include "spec.vh"',
    "module image_state (",
    "  input  wire        clk_i,",
    "  input  wire        reset_i,",
    "  input  wire        open_i,",
    "  input  wire [17:3] device_bytes_i,",
    "  input  wire [12:3] table_offset_i,",
    "  input  wire        commit_i,",
    "  input  wire [31:0] device_crc_i,",
    "  input  wire        discard_i,",
    "  output wire        fixed_o,",
    "  output wire [1:0]  slot_state_o,",
    "  output wire [17:3] device_bytes_o,",
    "  output wire [12:3] table_offset_o,",
    "  output wire [31:0] device_crc_o",
    ");",
    "  assign fixed_o = 1'b1;",
    "  assign slot_state_o = `NOMUL_SLOT_COMMITTED;",
    `  assign device_bytes_o = 15'd${device.length / 8};`,
    `  assign table_offset_o = 10'd${tableOffset / 8};`,
    `  assign device_crc_o = 32'h${deviceCrc.toString(16).padStart(8, "0")};`,
    "  wire unused = &{1'b0, clk_i, reset_i, open_i, device_bytes_i, table_offset_i, commit_i,",
    "    device_crc_i, discard_i};",
  );

/** A table section, filled up to whole reads of the engine. */
function wholeWords(section: Uint8Array, lanes: number): Uint8Array {
  const whole = new Uint8Array(Math.ceil(section.length / lanes) * lanes);
  whole.set(section);
  return whole;
}

/** With 16 lanes, each output that a step may have costs registers: as many as the image needs. */
function outputsFor({ program }: TableImage, { engine }: Board): number {
  if (engine.lanes === 8) return engine.outputs;
  let outputs = 32; // two rows of sums: one has no index
  for (const { operator, outputs: M } of program.layers) {
    while (outputs < (operator === "maddness4" ? M / 2 : M)) outputs *= 2;
  }
  return outputs;
}

export interface Baked {
  /** The board as its gateware will describe itself: memories of the image's size, no slots. */
  readonly board: Board;
  readonly gateware: Gateware;
}

/**
 * Makes an image part of the gateware: its memories become constants, and it is committed from reset
 * on. Yosys puts them into block RAM, or into logic where that is smaller.
 * @throws NomulError E_BOARD_UNFIT if npm has no place and route for the board's chip, or the image
 *   needs more than the engine has; E_IMAGE_TOO_LARGE if it is larger than the engine can address or
 *   any iCE40 can hold in its bitstream
 */
export function bake(board: Board, image: TableImage, gateware = readGateware()): Baked {
  if (!board.tools.placeAndRoute || !board.tools.pack) {
    throw new NomulError("E_BOARD_UNFIT", `no bitstream for ${board.name}: ${board.build.reason}`, {
      where: `${board.id}: build.reach`,
      next: "Choose a board with an iCE40 (nomul boards).",
    });
  }
  const { lanes } = board.engine;
  const parameters = image.device.subarray(0, image.tableOffset);
  const tables = wholeWords(image.device.subarray(image.tableOffset), lanes);
  const space = { tableBytes: TABLE_SPACE, parameterBytes: PARAMETER_SPACE };
  checkImageFits(image, { ...boardLimits(board), ...space });
  // Else Yosys would find out, after tens of minutes.
  if (image.device.length > BYTES_MAX) {
    const size = `${image.device.length} bytes`;
    throw new NomulError("E_IMAGE_TOO_LARGE", `${size} are too many for a bitstream`, {
      where: "--bake",
      next: `Bake at most ${BYTES_MAX} bytes (fewer outputs or codebooks), or flash the image instead.`,
    });
  }
  const files = {
    ...gateware.files,
    "image_state.v": imageState(image),
    "parameter_memory.v": parameterMemory(parameters),
    "table_memory.v": tableMemory(tables, lanes),
  };
  return {
    board: {
      ...board,
      engine: {
        ...board.engine,
        tableKind: "bram",
        tableBytes: tables.length,
        outputs: outputsFor(image, board),
        parameterBytes: parameters.length,
      },
      flash: { ...board.flash, userOffset: null },
      build: { reach: "bitstream", reason: null },
    },
    gateware: { files, firmware: firmwareOf(files) },
  };
}
