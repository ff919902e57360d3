`default_nettype none

// y = sat16(((acc + bias) + round) >> shift), round = shift ? 2^(shift-1) : 0, in 64 bits.
module output_stage_definition (
  input  wire [15:0] acc_i,
  input  wire [31:0] bias_i,
  input  wire [4:0]  shift_i,
  output wire [15:0] y_o
);
  wire signed [63:0] acc = {{48{acc_i[15]}}, acc_i};
  wire signed [63:0] bias = {{32{bias_i[31]}}, bias_i};
  wire signed [63:0] round = shift_i == 5'd0 ? 64'sd0 : 64'sd1 <<< (shift_i - 5'd1);
  wire signed [63:0] y = (acc + bias + round) >>> shift_i;

  assign y_o = y > 64'sd32767 ? 16'h7fff : y < -64'sd32768 ? 16'h8000 : y[15:0];
endmodule

`default_nettype wire
