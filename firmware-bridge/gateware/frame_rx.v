`default_nettype none
`include "spec.vh"

// Checks one frame and keeps it: header, argument and the first four data bytes in registers, all
// data in frame_buffer. The registers hold until the next frame's first byte arrives.
module frame_rx (
  input  wire         clk_i,
  input  wire         reset_i,
  // Decoded bytes
  input  wire [7:0]   byte_i,
  input  wire         valid_i,
  input  wire         end_i,
  input  wire         ok_i,
  // Data bytes, for frame_buffer
  output wire [9:0]   data_index_o,
  output wire         data_valid_o,
  // One clock after the delimiter
  output reg          good_o,
  output reg          bad_o,
  // Header, argument, first data bytes (meaningless where data is shorter)
  output wire [7:0]   kind_o,
  output wire         reply_o, // FLAG_REPLY: another device's answer
  output wire [15:0]  session_o,
  output wire [15:0]  sequence_o,
  output wire [10:0]  length_o, // bytes of data: 0..1024
  output wire [31:0]  argument_o,
  output wire [31:0]  operand_o
);
  // State of the CRC register after any message followed by its own CRC.
  localparam [31:0] RESIDUE = 32'hb798b438;
  localparam integer HEAD = `NOMUL_FRAME_HEADER_BYTES + 4; // header and argument
  localparam [11:0] START = -HEAD[11:0];
  localparam integer LENGTH_MAX_BYTES = `NOMUL_LINK_DATA_MAX + 4;
  localparam [15:0] LENGTH_MAX = LENGTH_MAX_BYTES[15:0];

  reg [127:0] head_q; // 16 bytes, the first one lowest; every good frame has 16 (4 of them CRC)
  reg [11:0] index_q; // index of the next data byte; negative in header and argument
  wire [31:0] crc;

  wire [15:0] length = head_q[8*`NOMUL_FRAME_HEADER_LENGTH_AT +: 16];

  assign kind_o = head_q[8*`NOMUL_FRAME_HEADER_KIND_AT +: 8];
  assign reply_o = (head_q[8*`NOMUL_FRAME_HEADER_STATUS_AT +: 8] & `NOMUL_FLAG_REPLY) != 8'd0;
  assign session_o = head_q[8*`NOMUL_FRAME_HEADER_SESSION_AT +: 16];
  assign sequence_o = head_q[8*`NOMUL_FRAME_HEADER_SEQUENCE_AT +: 16];
  assign length_o = length[10:0] - 11'd4;
  assign argument_o = head_q[8*`NOMUL_FRAME_HEADER_BYTES +: 32];
  assign operand_o = head_q[8*HEAD +: 32];

  assign data_index_o = index_q[9:0];
  assign data_valid_o = valid_i && index_q[11:10] == 2'd0;

  // The counter starts 12 below zero and counts the 4 CRC bytes too: at the end it is the length.
  wire length_ok = !index_q[11] && length == {5'd0, index_q[10:0]} && length >= 16'd4 &&
                   length <= LENGTH_MAX;
  wire in_head = index_q[11] || index_q[10:2] == 9'd0;

  crc32c u_crc (
    .clk_i(clk_i),
    .clear_i(reset_i || end_i),
    .valid_i(valid_i),
    .byte_i(byte_i),
    .state_o(crc)
  );

  always @(posedge clk_i) begin
    good_o <= end_i && ok_i && length_ok && crc == RESIDUE;
    bad_o <= end_i && !(ok_i && length_ok && crc == RESIDUE);
    if (reset_i || end_i) index_q <= START;
    else if (valid_i && index_q != 12'h7ff) index_q <= index_q + 1'b1;
    if (valid_i && in_head) head_q <= {byte_i, head_q[127:8]};
    if (reset_i) begin
      good_o <= 1'b0;
      bad_o <= 1'b0;
    end
  end
endmodule

`default_nettype wire
