`default_nettype none

// Dot products: eight lanes, a tree of adders, one accumulator. A weight word that its memory gives
// in clock t is in the total in clock t + 6.
module mac_dot #(
  parameter [0:0] DSP = 1'b0
) (
  input  wire        clk_i,
  input  wire [63:0] weights_i, // eight i8
  input  wire [63:0] activations_i, // eight u8
  input  wire        first_i, // five clocks after the first weights of an output: drops the old total
  output reg  [25:0] total_o // signed: 1024 products of any size fit
);
  wire [127:0] product;
  reg signed [16:0] pair_q [0:3];
  reg signed [17:0] quad_q [0:1];
  reg signed [18:0] sum_q;
  wire [25:0] addend = {{7{sum_q[18]}}, sum_q};
  integer i;

  genvar lane;
  generate
    for (lane = 0; lane < 8; lane = lane + 1) begin : g_lane
      mac_multiplier #(.DSP(DSP)) u_multiplier (
        .clk_i(clk_i),
        .weight_i(weights_i[8*lane +: 8]),
        .activation_i(activations_i[8*lane +: 8]),
        .product_o(product[16*lane +: 16])
      );
    end
  endgenerate

  always @(posedge clk_i) begin
    for (i = 0; i < 4; i = i + 1)
      pair_q[i] <= $signed(product[32*i +: 16]) + $signed(product[32*i+16 +: 16]);
    for (i = 0; i < 2; i = i + 1) quad_q[i] <= pair_q[2*i] + pair_q[2*i+1];
    sum_q <= quad_q[0] + quad_q[1];
    total_o <= first_i ? addend : total_o + addend;
  end
endmodule

`default_nettype wire
