`default_nettype none

// One row of a multiplier: sum = add ? partial + activation : partial, one logic cell a bit: the
// carry of an iCE40 cell ignores the condition, its look-up table obeys it. The hierarchy is kept
// because the logic optimiser mixes rows otherwise, which costs 26 look-up tables a lane.
(* keep_hierarchy *)
module mac_row #(
  parameter [8:0] INVERT = 9'd0 // bits of the sum that are given inverted
) (
  input  wire [7:0] partial_i,
  input  wire [7:0] activation_i,
  input  wire       add_i,
  output wire [8:0] sum_o
);
  wire [8:0] sum = {1'b0, partial_i} + {1'b0, activation_i};
  assign sum_o = (add_i ? sum : {1'b0, partial_i}) ^ INVERT;
endmodule

`default_nettype wire
