`default_nettype none
`include "spec.vh"

// What an encoder meets while it walks one codebook: the activation memory, whose elements at the split
// dimensions are given and whose others are anything; and the code that the definition gives for them.
module encoder_activations (
  input  wire [319:0] record_i, // u16 [4] dims, i16 [15] thresholds, padding
  input  wire [63:0]  activations_i, // of the four dims, as far as they differ
  input  wire [9:0]   dim_i, // the element read
  input  wire [15:0]  other_i, // what is read elsewhere
  output wire [15:0]  activation_o,
  output wire [3:0]   code_o
);
  localparam integer THRESHOLDS = 8 * `NOMUL_ENCODER_THRESHOLD_AT;

  // Two dims may be the same element.
  function [15:0] activation_at(
    input [9:0] dim, input [319:0] record, input [63:0] activations, input [15:0] other
  );
    activation_at =
      dim == record[9:0] ? activations[15:0] :
      dim == record[25:16] ? activations[31:16] :
      dim == record[41:32] ? activations[47:32] :
      dim == record[57:48] ? activations[63:48] : other;
  endfunction
  assign activation_o = activation_at(dim_i, record_i, activations_i, other_i);

  wire [63:0] compared;
  genvar t;
  generate
    for (t = 0; t < 4; t = t + 1) begin : g_level
      assign compared[16*t +: 16] =
        activation_at(record_i[16*t +: 10], record_i, activations_i, 16'd0);
    end
  endgenerate

  encoder_definition definition (
    .thresholds_i(record_i[THRESHOLDS +: 240]), .activations_i(compared), .code_o(code_o)
  );
endmodule

`default_nettype wire
