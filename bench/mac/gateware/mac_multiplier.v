`default_nettype none

// One lane: i8 weight times u8 activation; the product follows by two clocks. In look-up tables it
// is a chain of conditional additions, one for each bit of the weight.
module mac_multiplier #(
  parameter [0:0] DSP = 1'b0
) (
  input  wire        clk_i,
  input  wire [7:0]  weight_i, // signed
  input  wire [7:0]  activation_i, // unsigned
  output wire [15:0] product_o // signed: -32640..32385
);
  generate
    if (DSP) begin : g_dsp
      reg signed [7:0] weight_q;
      reg [7:0] activation_q;
      reg signed [15:0] product_q;
      assign product_o = product_q;

      always @(posedge clk_i) begin
        weight_q <= weight_i;
        activation_q <= activation_i;
        product_q <= weight_q * $signed({1'b0, activation_q});
      end
    end else begin : g_lut
      // Bits 0..3 of the weight
      wire [8:0] row0 = {1'b0, activation_i & {8{weight_i[0]}}};
      wire [8:0] row1, row2, row3;
      mac_row u_row1 (row0[8:1], activation_i, weight_i[1], row1);
      mac_row u_row2 (row1[8:1], activation_i, weight_i[2], row2);
      mac_row u_row3 (row2[8:1], activation_i, weight_i[3], row3);

      reg [8:0] row3_q;
      reg [2:0] low_q;
      reg [3:0] weight_q;
      reg [7:0] activation_q;

      // Bits 4..6. Bit 7 counts -128: p - x = ~(~p + x). Row 6 gives ~p, so that no carry input has
      // to be inverted.
      wire [8:0] row4, row5, row6, inverse7;
      mac_row u_row4 (row3_q[8:1], activation_q, weight_q[0], row4);
      mac_row u_row5 (row4[8:1], activation_q, weight_q[1], row5);
      mac_row #(.INVERT(9'h1fe)) u_row6 (row5[8:1], activation_q, weight_q[2], row6);
      // Bit 8 of ~p is 1, so the carry into it makes it 0; inverted, it is the product's sign.
      mac_row #(.INVERT(9'h0ff)) u_row7 (row6[8:1], activation_q, weight_q[3], inverse7);

      reg [15:0] product_q;
      assign product_o = product_q;

      always @(posedge clk_i) begin
        row3_q <= row3;
        low_q <= {row2[0], row1[0], row0[0]};
        weight_q <= weight_i[7:4];
        activation_q <= activation_i;
        product_q <= {inverse7, row6[0], row5[0], row4[0], row3_q[0], low_q};
      end
    end
  endgenerate
endmodule

`default_nettype wire
