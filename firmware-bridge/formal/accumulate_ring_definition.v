`default_nettype none

// Two table words' share of one sum of a row of the ring: acc[m] + T[c][code_c][m], modulo 2^16.
module accumulate_ring_definition (
  input  wire [15:0]  acc_i, // i16
  input  wire [127:0] words_i, // i8 [16], or i4 [32], the first in the lowest bits
  input  wire         nibbles_i,
  input  wire [4:0]   lane_i, // m, of i8 below 16
  output reg  [15:0]  acc_o
);
  integer value;

  always @* begin
    if (nibbles_i) begin
      value = (words_i >> 4 * lane_i) & 15;
      if (value >= 8) value = value - 16;
    end else begin
      value = (words_i >> 8 * lane_i) & 255;
      if (value >= 128) value = value - 256;
    end
    value = value + acc_i;
    acc_o = value[15:0];
  end
endmodule

`default_nettype wire
