`default_nettype none

// CRC-32C (Castagnoli, reflected polynomial 0x82f63b78, RFC 3720 appendix B.4), one byte a clock.
// state_o is the register before the final inversion: the CRC is ~state_o.
module crc32c (
  input  wire        clk_i,
  input  wire        clear_i,
  input  wire        valid_i,
  input  wire [7:0]  byte_i,
  output wire [31:0] state_o
);
  reg [31:0] state_q;
  reg [31:0] next;
  integer i;

  assign state_o = state_q;

  always @* begin
    next = state_q ^ {24'd0, byte_i};
    for (i = 0; i < 8; i = i + 1) next = {1'b0, next[31:1]} ^ (next[0] ? 32'h82f63b78 : 32'd0);
  end

  always @(posedge clk_i) begin
    if (clear_i) state_q <= 32'hffffffff;
    else if (valid_i) state_q <= next;
  end
endmodule

`default_nettype wire
