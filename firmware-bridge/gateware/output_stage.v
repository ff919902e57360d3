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
  // Activation memory: four elements or one
  output wire         quad_write_o,
  output wire         write_o,
  output wire [9:0]   element_o,
  output wire [63:0]  quad_o,
  output wire [15:0]  data_o
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
  wire [15:0] lane = quad_o[16*lane_index_q[1:0] +: 16];
  wire [31:0] bias = record_i[BIAS +: 32];
  assign quad_o = lane_index_q[2] ? lanes_i[127:64] : lanes_i[63:0];

  // Shift by eights, then by ones. One bit below the binary point is kept: the last shifted out.
  reg shift_valid_q;
  reg [9:0] shift_index_q;
  reg [32:0] sum_q;
  reg [4:0] shift_q;
  wire sign = sum_q[32];
  reg [33:0] coarse;
  always @* case (shift_q[4:3])
    2'd0: coarse = {sum_q, 1'b0};
    2'd1: coarse = {{8{sign}}, sum_q[32:7]};
    2'd2: coarse = {{16{sign}}, sum_q[32:15]};
    default: coarse = {{24{sign}}, sum_q[32:23]};
  endcase
  wire [19:0] fine4 = shift_q[2] ? coarse[23:4] : coarse[19:0];
  wire [17:0] fine2 = shift_q[1] ? fine4[19:2] : fine4[17:0];
  wire [16:0] fine = shift_q[0] ? fine2[17:1] : fine2[16:0];

  // Bits of coarse that the finer shift leaves at or above the result's sign must equal the sign.
  wire [17:0] above = (coarse[33:16] ^ {18{sign}}) >> shift_q[2:0];

  // Round, saturate
  reg round_valid_q;
  reg [9:0] round_index_q;
  reg [16:0] fine_q;
  reg above_q, sign_q;
  wire [16:0] rounded = {fine_q[16], fine_q[16:1]} + {16'd0, fine_q[0]};
  wire fits = !above_q && rounded[16] == rounded[15];
  assign data_o = fits ? rounded[15:0] : {sign_q, {15{!sign_q}}};

  assign element_o = output_element_i + (requantise_i ? round_index_q : lane_index_q);
  assign quad_write_o = lane_valid_q && !requantise_i;
  assign write_o = round_valid_q && requantise_i;
  assign done_o = !active_q && !(requantise_i && (lane_valid_q || shift_valid_q));

  always @(posedge clk_i) begin
    lane_index_q <= index_q;
    shift_index_q <= lane_index_q;
    round_index_q <= shift_index_q;
    sum_q <= {{17{lane[15]}}, lane} + {bias[31], bias};
    shift_q <= record_i[SHIFT +: 5];
    fine_q <= fine;
    above_q <= above != 18'd0;
    sign_q <= sign;
    if (start_i) index_q <= 10'd0;
    else index_q <= next_index[9:0];

    if (reset_i) begin
      active_q <= 1'b0;
      lane_valid_q <= 1'b0;
      shift_valid_q <= 1'b0;
      round_valid_q <= 1'b0;
    end else begin
      if (start_i) active_q <= 1'b1;
      else if (next_index[10:3] == groups_i) active_q <= 1'b0;
      lane_valid_q <= active_q;
      shift_valid_q <= lane_valid_q;
      round_valid_q <= shift_valid_q;
    end
  end
endmodule

`default_nettype wire
