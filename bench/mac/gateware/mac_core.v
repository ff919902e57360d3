`default_nettype none

// The plain engine with its memories: what is synthesised and simulated.
module mac_core #(
  parameter [0:0] DSP = 1'b0
) (
  input  wire        clk_i,
  input  wire        reset_i,
  input  wire        start_i,
  output wire        busy_o,
  // Activations
  input  wire        write_i,
  input  wire [10:0] write_element_i,
  input  wire [7:0]  write_data_i,
  input  wire [9:0]  read_half_i,
  output wire [15:0] half_o,
  // Weight memory, one byte of a word, while idle
  input  wire [7:0]  weight_write_i,
  input  wire [13:0] weight_address_i,
  input  wire [7:0]  weight_byte_i
);
  wire [13:0] address;
  wire [63:0] word;

  mac_engine #(.DSP(DSP)) u_engine (
    .clk_i(clk_i),
    .reset_i(reset_i),
    .start_i(start_i),
    .busy_o(busy_o),
    .write_i(write_i),
    .write_element_i(write_element_i),
    .write_data_i(write_data_i),
    .read_half_i(read_half_i),
    .half_o(half_o),
    .address_o(address),
    .word_i(word)
  );

  table_memory u_weight_memory (
    .clk_i(clk_i),
    .address_i(busy_o ? address : weight_address_i),
    .write_i(weight_write_i),
    .byte_i(weight_byte_i),
    .words_o(word)
  );
endmodule

`default_nettype wire
