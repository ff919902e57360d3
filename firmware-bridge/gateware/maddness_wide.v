`default_nettype none

// Operators maddness and maddness4 with 16 lanes: the encoder of one codebook runs while the row of the
// one before is added. Holds the sums, too.
module maddness_wide #(
  parameter [31:0] OUTPUTS = 32'd64 // of a step of maddness at most, 16 times a power of 2
) (
  input  wire         clk_i,
  input  wire         reset_i,
  // Step: start_i loads; groups_i, nibbles_i and input_element_i are held
  input  wire         start_i,
  input  wire [10:0]  parameter_word_i,
  input  wire [13:0]  table_word_i,
  input  wire [7:0]   codebooks_i,
  input  wire [7:0]   groups_i, // of 8 outputs
  input  wire         nibbles_i, // entries have 4 bits
  input  wire [9:0]   input_element_i,
  output wire         done_o,
  // Parameter memory
  output wire [10:0]  low_address_o, // of the lower half of a word
  output wire [10:0]  high_address_o, // of the upper half
  input  wire [31:0]  parameter_i,
  output wire [10:0]  dims_address_o, // of a whole word, in the copy
  input  wire [31:0]  dims_i,
  // Activation memory
  output wire [9:0]   activation_address_o,
  input  wire [15:0]  activation_i,
  // Table memory
  output wire [13:0]  table_address_o,
  input  wire [127:0] table_i,
  // Output stage: groups in order, from 0 after output_start_i
  input  wire         output_start_i,
  input  wire         output_active_i,
  input  wire [6:0]   output_group_i,
  output wire [127:0] lanes_o // of the group one clock before
);
  localparam integer ROWS = OUTPUTS / 16;
  localparam integer BITS = $clog2(ROWS);

  wire [13:0] row;
  wire row_valid, row_take, encoder_done, accumulate_idle;
  wire [7:0] words = nibbles_i ? {1'b0, groups_i[7:1]} + {7'd0, groups_i[0]} : groups_i;

  assign done_o = encoder_done && accumulate_idle;

  encoder_prefetch u_encoder (
    .clk_i(clk_i),
    .reset_i(reset_i),
    .start_i(start_i),
    .parameter_word_i(parameter_word_i),
    .table_word_i(table_word_i),
    .codebooks_i(codebooks_i),
    .groups_i(words),
    .input_element_i(input_element_i),
    .low_address_o(low_address_o),
    .high_address_o(high_address_o),
    .parameter_i(parameter_i),
    .dims_address_o(dims_address_o),
    .dims_i(dims_i),
    .activation_address_o(activation_address_o),
    .activation_i(activation_i),
    .row_o(row),
    .row_valid_o(row_valid),
    .row_take_i(row_take),
    .done_o(encoder_done)
  );

  // A group is a quarter or a half of a row of sums.
  reg [BITS-1:0] front_q;
  reg [1:0] part_q;
  wire [511:0] lanes;
  wire [BITS-1:0] output_row = nibbles_i ? output_group_i[BITS+1:2] : output_group_i[BITS:1];
  wire turn = output_active_i && output_row != front_q;
  wire unused = &{1'b0, output_group_i};

  assign lanes_o = lanes[128*part_q +: 128];
  always @(posedge clk_i) begin
    part_q <= {nibbles_i && output_group_i[1], output_group_i[0]};
    if (output_start_i) front_q <= {BITS{1'b0}};
    else if (turn) front_q <= front_q + 1'b1;
  end

  accumulate_ring #(.ROWS(ROWS)) u_accumulate (
    .clk_i(clk_i),
    .reset_i(reset_i),
    .start_i(start_i),
    .nibbles_i(nibbles_i),
    .row_i(row),
    .row_valid_i(row_valid),
    .row_take_o(row_take),
    .table_address_o(table_address_o),
    .table_i(table_i),
    .turn_i(turn),
    .lanes_o(lanes),
    .idle_o(accumulate_idle)
  );
endmodule

`default_nettype wire
