`default_nettype none

// nomul's engine with its memories and without the link: the other side of the comparison.
module nomul_core (
  input  wire        clk_i,
  input  wire        reset_i,
  // Control
  input  wire        load_i,
  input  wire        start_i,
  input  wire [7:0]  steps_i,
  output wire        busy_o,
  output wire        running_o,
  // Program header
  output wire [15:0] step_count_o,
  output wire [15:0] input_type_o,
  output wire [9:0]  input_offset_o,
  output wire [15:0] input_elements_o,
  output wire [9:0]  output_offset_o,
  output wire [15:0] output_elements_o,
  // Activations
  input  wire        write_i,
  input  wire [9:0]  write_element_i,
  input  wire [15:0] write_data_i,
  input  wire [9:0]  read_element_i,
  output wire [15:0] element_o,
  // Table and parameter memory, one byte of a word, while idle
  input  wire [7:0]  table_write_i,
  input  wire [3:0]  parameter_write_i,
  input  wire [13:0] memory_address_i,
  input  wire [7:0]  memory_byte_i
);
  wire [10:0] low_address, high_address, dims_address;
  wire [31:0] parameter_word;
  wire [13:0] table_address;
  wire [63:0] table_word;

  engine #(.LANES(8)) u_engine (
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
    .write_i(write_i),
    .write_element_i(write_element_i),
    .write_data_i(write_data_i),
    .read_element_i(read_element_i),
    .element_o(element_o),
    .low_address_o(low_address),
    .high_address_o(high_address),
    .parameter_i(parameter_word),
    .dims_address_o(dims_address),
    .dims_i(32'd0),
    .table_address_o(table_address),
    .table_i(table_word)
  );

  parameter_memory u_parameter_memory (
    .clk_i(clk_i),
    .write_i(parameter_write_i),
    .byte_i(memory_byte_i),
    .low_address_i(busy_o ? low_address : memory_address_i[10:0]),
    .high_address_i(busy_o ? high_address : memory_address_i[10:0]),
    .low_o(parameter_word[15:0]),
    .high_o(parameter_word[31:16])
  );

  table_memory u_table_memory (
    .clk_i(clk_i),
    .address_i(busy_o ? table_address : memory_address_i),
    .write_i(table_write_i),
    .byte_i(memory_byte_i),
    .words_o(table_word)
  );

  wire unused = &{1'b0, dims_address};
endmodule

`default_nettype wire
