`default_nettype none

// Operator maddness with 8 lanes: the encoder of one codebook runs while the row of the one before is added.
module maddness (
  input  wire         clk_i,
  input  wire         reset_i,
  // Step: start_i loads; groups_i and input_element_i are held
  input  wire         start_i,
  input  wire [10:0]  parameter_word_i,
  input  wire [13:0]  table_word_i,
  input  wire [7:0]   codebooks_i,
  input  wire [7:0]   groups_i,
  input  wire [9:0]   input_element_i,
  output wire         done_o,
  // Parameter memory
  output wire [10:0]  low_address_o, // of the lower half of a word
  output wire [10:0]  high_address_o, // of the upper half
  input  wire [31:0]  parameter_i,
  // Activation memory
  output wire [9:0]   activation_address_o,
  input  wire [15:0]  activation_i,
  // Table memory
  output wire [13:0]  table_address_o,
  input  wire [63:0]  table_i,
  // Accumulator memory
  output wire [7:0]   read_address_o,
  input  wire [127:0] lanes_i,
  output wire         write_o,
  output wire [6:0]   write_group_o,
  output wire [127:0] lanes_o
);
  wire [13:0] row;
  wire row_valid, row_take, encoder_done, accumulate_idle;

  assign done_o = encoder_done && accumulate_idle;

  encoder u_encoder (
    .clk_i(clk_i),
    .reset_i(reset_i),
    .start_i(start_i),
    .parameter_word_i(parameter_word_i),
    .table_word_i(table_word_i),
    .codebooks_i(codebooks_i),
    .groups_i(groups_i),
    .input_element_i(input_element_i),
    .low_address_o(low_address_o),
    .high_address_o(high_address_o),
    .parameter_i(parameter_i),
    .activation_address_o(activation_address_o),
    .activation_i(activation_i),
    .row_o(row),
    .row_valid_o(row_valid),
    .row_take_i(row_take),
    .done_o(encoder_done)
  );

  accumulate u_accumulate (
    .clk_i(clk_i),
    .reset_i(reset_i),
    .start_i(start_i),
    .groups_i(groups_i),
    .row_i(row),
    .row_valid_i(row_valid),
    .row_take_o(row_take),
    .table_address_o(table_address_o),
    .table_i(table_i),
    .read_address_o(read_address_o),
    .lanes_i(lanes_i),
    .write_o(write_o),
    .write_group_o(write_group_o),
    .lanes_o(lanes_o),
    .idle_o(accumulate_idle)
  );
endmodule

`default_nettype wire
