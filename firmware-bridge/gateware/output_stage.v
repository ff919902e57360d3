`default_nettype none
`include "spec.vh"

// Output stage: accumulators to activations. Plain: y = acc, four elements a clock. Requantising:
// y = sat16(((acc + bias) + round) >> shift), one element a clock, records read from table memory.
// v >> shift with rounding half up is (v >> shift) plus the last bit shifted out, so no constant is
// added before the shift and 33 bits hold every intermediate value.
module output_stage (
  input  wire         clk_i,
  input  wire         reset_i,
  // Step
  input  wire         start_i,
  input  wire         requantise_i,
  input  wire [7:0]   groups_i, // 1..128
  input  wire [13:0]  record_word_i, // table word of the first record
  input  wire [9:0]   output_element_i,
  output wire         done_o, // up in the clock of the last write, and while idle
  // Table memory
  output wire [13:0]  table_address_o,
  input  wire [36:0]  record_i, // lower bits of the table word
  // Accumulator memory
  output wire [6:0]   group_o,
  input  wire [127:0] lanes_i,
  // Activation memory
  output wire [3:0]   write_o,
  output wire [7:0]   row_o,
  output wire [63:0]  data_o
);
  localparam integer BIAS = 8 * `NOMUL_OUTPUT_STAGE_BIAS_AT;
  localparam integer SHIFT = 8 * `NOMUL_OUTPUT_STAGE_SHIFT_AT;

  // Address
  reg active_q;
  reg [9:0] index_q; // output addressed now
  wire [10:0] next_index = {1'b0, index_q} + (requantise_i ? 11'd1 : 11'd4);
  assign group_o = index_q[9:3];
  assign table_address_o = record_word_i + {4'd0, index_q};

  // Lane and bias
  reg lane_valid_q;
  reg [9:0] lane_index_q;
  wire [63:0] half = lane_index_q[2] ? lanes_i[127:64] : lanes_i[63:0];
  wire [15:0] lane = half[16*lane_index_q[1:0] +: 16];
  wire [31:0] bias = record_i[BIAS +: 32];

  // Shift, round, saturate
  reg shift_valid_q;
  reg [9:0] shift_index_q;
  reg [32:0] sum_q;
  reg [4:0] shift_q;
  wire [33:0] shifted = $signed({sum_q, 1'b0}) >>> shift_q; // lowest bit: last one shifted out
  wire [33:0] rounded = {shifted[33], shifted[33:1]} + {33'd0, shifted[0]};
  wire fits = rounded[33:15] == {19{rounded[33]}};
  wire [15:0] y = fits ? rounded[15:0] : {rounded[33], {15{!rounded[33]}}};

  wire [9:0] index = requantise_i ? shift_index_q : lane_index_q;
  wire [9:0] element = output_element_i + index;
  assign row_o = element[9:2];
  assign data_o = requantise_i ? {4{y}} : half;
  assign write_o = requantise_i ? {3'd0, shift_valid_q} << element[1:0] : {4{lane_valid_q}};
  assign done_o = !active_q && !(requantise_i && lane_valid_q);

  always @(posedge clk_i) begin
    lane_index_q <= index_q;
    shift_index_q <= lane_index_q;
    sum_q <= {{17{lane[15]}}, lane} + {bias[31], bias};
    shift_q <= record_i[SHIFT +: 5];
    if (start_i) index_q <= 10'd0;
    else index_q <= next_index[9:0];

    if (reset_i) begin
      active_q <= 1'b0;
      lane_valid_q <= 1'b0;
      shift_valid_q <= 1'b0;
    end else begin
      if (start_i) active_q <= 1'b1;
      else if (next_index[10:3] == groups_i) active_q <= 1'b0;
      lane_valid_q <= active_q;
      shift_valid_q <= lane_valid_q;
    end
  end
endmodule

`default_nettype wire
