`default_nettype none

// MADDNESS encoder: i = 0; for t in 0..3: i = 2i + (x[d[t]] >= v[2^t - 1 + i]); the code is i.
module encoder_definition (
  input  wire [239:0] thresholds_i, // i16 [15], heap order
  input  wire [63:0]  activations_i, // i16 [4], those compared at each level
  output reg  [3:0]   code_o
);
  reg [3:0] node;
  reg signed [15:0] x, threshold;
  integer t;

  always @* begin
    code_o = 4'd0;
    for (t = 0; t < 4; t = t + 1) begin
      node = (4'd1 << t) - 4'd1 + code_o;
      x = activations_i[16*t +: 16];
      threshold = thresholds_i[16*node +: 16];
      code_o = {code_o[2:0], x >= threshold};
    end
  end
endmodule

`default_nettype wire
