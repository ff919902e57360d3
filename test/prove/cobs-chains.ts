/** A frame at once through the definitions of COBS, which say what becomes of one byte. */

const chain = (name: string, ports: string, state: string, step: string, bytes: number) => `
module ${name}_chain (input wire [${8 * bytes - 1}:0] bytes_i, ${ports});
  ${state}
  genvar n;
  generate
    for (n = 0; n < ${bytes}; n = n + 1) begin : g_byte
      ${step}
    end
  endgenerate
endmodule
`;

/**
 * Verilog of `cobs_encode_chain`. Places count from 0, the frame's first code.
 * @param bytes of the frame, at least 1
 */
export const encodeChain = (bytes: number): string =>
  chain(
    "cobs_encode",
    `output wire [${bytes - 1}:0] data_o, close_o, output wire [${8 * bytes - 1}:0] code_o,
     output wire [${9 * (bytes + 1) - 1}:0] place_o, code_at_o, output wire [7:0] last_code_o`,
    `wire [${8 * bytes - 1}:0] last_code;
     assign place_o[8:0] = 9'd1, code_at_o[8:0] = 9'd0, last_code_o = last_code[${8 * bytes - 1} -: 8];`,
    `cobs_encode_definition definition (
       .place_i(place_o[9*n +: 9]), .code_at_i(code_at_o[9*n +: 9]), .byte_i(bytes_i[8*n +: 8]),
       .last_i(n == ${bytes - 1}), .data_o(data_o[n]), .close_o(close_o[n]),
       .code_o(code_o[8*n +: 8]), .place_o(place_o[9*n+9 +: 9]),
       .code_at_o(code_at_o[9*n+9 +: 9]), .last_code_o(last_code[8*n +: 8]));`,
    bytes,
  );

/**
 * Verilog of `cobs_decode_chain`.
 * @param bytes between two delimiters; the last one is the delimiter itself
 */
export const decodeChain = (bytes: number): string =>
  chain(
    "cobs_decode",
    `output wire [${bytes - 1}:0] valid_o, whole_o, output wire [${8 * bytes - 1}:0] byte_o`,
    `wire [${16 * (bytes + 1) - 1}:0] code_at;
     wire [${8 * (bytes + 1) - 1}:0] block;
     assign code_at[15:0] = 16'd0, block[7:0] = 8'd255;`,
    `wire [15:0] place = n;
     cobs_decode_definition definition (
       .place_i(place), .code_at_i(code_at[16*n +: 16]), .block_i(block[8*n +: 8]),
       .byte_i(bytes_i[8*n +: 8]), .code_at_o(code_at[16*n+16 +: 16]),
       .block_o(block[8*n+8 +: 8]), .valid_o(valid_o[n]), .byte_o(byte_o[8*n +: 8]),
       .whole_o(whole_o[n]));`,
    bytes,
  );
