`default_nettype none

// One row's share of the sums of a group: acc[m] + T[c][code_c][m], each of 8 lanes modulo 2^16.
module accumulate_definition (
  input  wire [127:0] acc_i, // i16 [8]
  input  wire [63:0]  entries_i, // i8 [8]
  output reg  [127:0] acc_o
);
  integer m, value;

  always @* begin
    for (m = 0; m < 8; m = m + 1) begin
      value = entries_i[8*m +: 8];
      if (value >= 128) value = value - 256;
      value = value + acc_i[16*m +: 16];
      acc_o[16*m +: 16] = value[15:0];
    end
  end
endmodule

`default_nettype wire
