`default_nettype none

// The engine: sequencer, operator, output stage and the memories between them. The link uses the
// activation memory while the engine is idle.
module engine #(
  parameter integer LANES = 8, // or 16
  parameter [31:0] OUTPUTS = 32'd1024 // of a step, at most
) (
  input  wire        clk_i,
  input  wire        reset_i,
  // Control
  input  wire        load_i, // read the program header
  input  wire        start_i,
  input  wire [7:0]  steps_i, // 0 = all
  output wire        busy_o,
  output wire        running_o, // from the start of the first step to the end of the last
  // Program header
  output wire [15:0] step_count_o,
  output wire [15:0] input_type_o,
  output wire [9:0]  input_offset_o,
  output wire [15:0] input_elements_o,
  output wire [9:0]  output_offset_o,
  output wire [15:0] output_elements_o,
  // Activations for the link: element_o follows its address by one clock
  input  wire        write_i,
  input  wire [9:0]  write_element_i,
  input  wire [15:0] write_data_i,
  input  wire [9:0]  read_element_i,
  output wire [15:0] element_o,
  // Device memory
  output wire [10:0] low_address_o, // of the lower half of a parameter word
  output wire [10:0] high_address_o, // of the upper half
  input  wire [31:0] parameter_i,
  output wire [10:0] dims_address_o, // with 16 lanes
  input  wire [31:0] dims_i,
  output wire [13:0] table_address_o,
  input  wire [8*LANES-1:0] table_i
);
  // Step
  wire operator_start, operator_done, output_start, output_done, output_active;
  wire requantise, nibbles;
  wire [9:0] step_input, step_output;
  wire [7:0] groups, codebooks;
  wire [10:0] parameter_word;
  wire [13:0] table_word, record_word;
  wire fetch;
  wire [10:0] fetch_address;

  sequencer #(.LANES(LANES), .OUTPUTS(OUTPUTS)) u_sequencer (
    .clk_i(clk_i),
    .reset_i(reset_i),
    .load_i(load_i),
    .start_i(start_i),
    .steps_i(steps_i),
    .busy_o(busy_o),
    .running_o(running_o),
    .step_count_o(step_count_o),
    .input_type_o(input_type_o),
    .input_offset_o(input_offset_o),
    .input_elements_o(input_elements_o),
    .output_offset_o(output_offset_o),
    .output_elements_o(output_elements_o),
    .fetch_o(fetch),
    .parameter_address_o(fetch_address),
    .parameter_i(parameter_i),
    .operator_start_o(operator_start),
    .operator_done_i(operator_done),
    .output_start_o(output_start),
    .output_done_i(output_done),
    .output_active_o(output_active),
    .requantise_o(requantise),
    .step_input_o(step_input),
    .step_output_o(step_output),
    .groups_o(groups),
    .nibbles_o(nibbles),
    .codebooks_o(codebooks),
    .parameter_word_o(parameter_word),
    .table_word_o(table_word),
    .record_word_o(record_word)
  );

  // Operator
  wire [10:0] low_address, high_address;
  wire [9:0] encoder_element;
  wire [13:0] row_address, record_address;
  wire [6:0] output_group;
  wire [127:0] lanes;

  assign low_address_o = fetch ? fetch_address : low_address;
  assign high_address_o = fetch ? fetch_address : high_address;
  assign table_address_o = output_active ? record_address : row_address;

  generate
    if (LANES == 8) begin : g_memory
      wire [7:0] sum_address;
      wire [6:0] sum_group;
      wire sum_write;
      wire [127:0] sums;
      wire unused = &{1'b0, dims_i, nibbles};
      assign dims_address_o = 11'd0;

      maddness u_maddness (
        .clk_i(clk_i),
        .reset_i(reset_i),
        .start_i(operator_start),
        .parameter_word_i(parameter_word),
        .table_word_i(table_word),
        .codebooks_i(codebooks),
        .groups_i(groups),
        .input_element_i(step_input),
        .done_o(operator_done),
        .low_address_o(low_address),
        .high_address_o(high_address),
        .parameter_i(parameter_i),
        .activation_address_o(encoder_element),
        .activation_i(element_o),
        .table_address_o(row_address),
        .table_i(table_i),
        .read_address_o(sum_address),
        .lanes_i(lanes),
        .write_o(sum_write),
        .write_group_o(sum_group),
        .lanes_o(sums)
      );

      accumulator_memory u_accumulator_memory (
        .clk_i(clk_i),
        .write_i(sum_write),
        .write_group_i(sum_group),
        .lanes_i(sums),
        .address_i(output_active ? {1'b0, output_group} : sum_address),
        .lanes_o(lanes)
      );
    end else begin : g_ring
      maddness_wide #(.OUTPUTS(OUTPUTS)) u_maddness (
        .clk_i(clk_i),
        .reset_i(reset_i),
        .start_i(operator_start),
        .parameter_word_i(parameter_word),
        .table_word_i(table_word),
        .codebooks_i(codebooks),
        .groups_i(groups),
        .nibbles_i(nibbles),
        .input_element_i(step_input),
        .done_o(operator_done),
        .low_address_o(low_address),
        .high_address_o(high_address),
        .parameter_i(parameter_i),
        .dims_address_o(dims_address_o),
        .dims_i(dims_i),
        .activation_address_o(encoder_element),
        .activation_i(element_o),
        .table_address_o(row_address),
        .table_i(table_i),
        .output_start_i(output_start),
        .output_active_i(output_active),
        .output_group_i(output_group),
        .lanes_o(lanes)
      );
    end
  endgenerate

  // Output stage
  wire output_quad_write, output_write;
  wire [9:0] output_element;
  wire [63:0] output_quad;
  wire [15:0] output_data;

  output_stage u_output_stage (
    .clk_i(clk_i),
    .reset_i(reset_i),
    .start_i(output_start),
    .requantise_i(requantise),
    .groups_i(groups),
    .record_word_i(record_word),
    .output_element_i(step_output),
    .done_o(output_done),
    .table_address_o(record_address),
    .record_i(table_i[36:0]),
    .group_o(output_group),
    .lanes_i(lanes),
    .quad_write_o(output_quad_write),
    .write_o(output_write),
    .element_o(output_element),
    .quad_o(output_quad),
    .data_o(output_data)
  );

  activation_memory u_activation_memory (
    .clk_i(clk_i),
    .write_i(output_write || write_i),
    .quad_write_i(output_quad_write),
    .element_i(write_i ? write_element_i : output_element),
    .data_i(write_i ? write_data_i : output_data),
    .quad_i(output_quad),
    .address_i(busy_o ? encoder_element : read_element_i),
    .element_o(element_o)
  );
endmodule

`default_nettype wire
