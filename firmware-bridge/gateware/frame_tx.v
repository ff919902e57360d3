`default_nettype none

// Appends the CRC-32C to a reply's bytes. Handshake as in cobs_encode on both sides.
module frame_tx (
  input  wire       clk_i,
  input  wire       reset_i,
  // Reply bytes without CRC
  input  wire [7:0] byte_i,
  input  wire       last_i,
  input  wire       valid_i,
  output wire       ready_o,
  // Frame content
  output wire [7:0] byte_o,
  output wire       last_o,
  output wire       valid_o,
  input  wire       ready_i
);
  reg [2:0] left_q; // CRC bytes still to send
  wire [31:0] crc; // only its low byte is wired on, see below
  wire unused = &{1'b0, crc[31:8]};
  wire tail = left_q != 3'd0;
  wire take = valid_o && ready_i;

  assign valid_o = tail || valid_i;
  assign ready_o = !tail && ready_i;
  assign byte_o = tail ? ~crc[7:0] : byte_i;
  assign last_o = left_q == 3'd1;

  // Feeding the register its own low byte shifts it down by one byte: the next CRC byte comes low.
  crc32c u_crc (
    .clk_i(clk_i),
    .clear_i(reset_i || (take && last_o)),
    .valid_i(take),
    .byte_i(tail ? crc[7:0] : byte_i),
    .state_o(crc)
  );

  always @(posedge clk_i) begin
    if (reset_i) left_q <= 3'd0;
    else if (take && tail) left_q <= left_q - 1'b1;
    else if (take && last_i) left_q <= 3'd4;
  end
endmodule

`default_nettype wire
