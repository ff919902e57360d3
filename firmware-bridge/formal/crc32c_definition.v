`default_nettype none

// CRC-32C of one more byte, as the remainder of a polynomial division written down the usual way
// round: highest power first, x^32 + 0x1edc6f41 (RFC 3720 §12.1), both ends reflected.
module crc32c_definition (
  input  wire [31:0] state_i, // before the final inversion
  input  wire [7:0]  byte_i,
  output reg  [31:0] next_o
);
  reg [31:0] remainder;
  integer i;

  always @* begin
    for (i = 0; i < 32; i = i + 1) remainder[31-i] = state_i[i];
    for (i = 0; i < 8; i = i + 1) begin
      if (remainder[31] != byte_i[i]) remainder = (remainder << 1) ^ 32'h1edc6f41;
      else remainder = remainder << 1;
    end
    for (i = 0; i < 32; i = i + 1) next_o[31-i] = remainder[i];
  end
endmodule

`default_nettype wire
