`default_nettype none

// A plain engine for dense int8 layers, the opponent of nomul's engine: weights and records from the
// same 64-bit memory, eight multiply-accumulates a clock. `first`, `last` and `record` travel beside
// the data they belong to.
module mac_engine #(
  parameter [0:0] DSP = 1'b0
) (
  input  wire        clk_i,
  input  wire        reset_i,
  input  wire        start_i,
  output wire        busy_o,
  // Activations for the link: half_o follows its address by one clock
  input  wire        write_i,
  input  wire [10:0] write_element_i,
  input  wire [7:0]  write_data_i,
  input  wire [9:0]  read_half_i,
  output wire [15:0] half_o,
  // Weight memory
  output wire [13:0] address_o,
  input  wire [63:0] word_i
);
  wire [7:0] row;
  wire first, last, record, layer_start, wide;
  wire [10:0] output_element;

  mac_sequencer u_sequencer (
    .clk_i(clk_i),
    .reset_i(reset_i),
    .start_i(start_i),
    .busy_o(busy_o),
    .address_o(address_o),
    .word_i(word_i),
    .row_o(row),
    .first_o(first),
    .last_o(last),
    .record_o(record),
    .layer_start_o(layer_start),
    .output_element_o(output_element),
    .wide_o(wide)
  );

  reg [5:0] first_q;
  reg [6:0] last_q;
  reg record_q;
  wire [63:0] activations;
  wire [25:0] total;

  mac_dot #(.DSP(DSP)) u_dot (
    .clk_i(clk_i),
    .weights_i(word_i),
    .activations_i(activations),
    .first_i(first_q[5]),
    .total_o(total)
  );

  wire output_write;
  wire [15:0] output_data;
  reg [10:0] element_q;

  mac_output u_output (
    .clk_i(clk_i),
    .record_valid_i(record_q),
    .bias_i(word_i[25:0]),
    .shift_i(word_i[36:32]),
    .wide_i(wide),
    .total_valid_i(last_q[6]),
    .total_i(total),
    .write_o(output_write),
    .data_o(output_data)
  );

  mac_activation_memory u_activation_memory (
    .clk_i(clk_i),
    .write_i(output_write || write_i),
    .wide_i(wide && !write_i),
    .element_i(write_i ? write_element_i : element_q),
    .data_i(write_i ? {2{write_data_i}} : output_data),
    .address_i(busy_o ? {row, 2'd0} : read_half_i),
    .row_o(activations),
    .half_o(half_o)
  );

  always @(posedge clk_i) begin
    first_q <= {first_q[4:0], first};
    last_q <= {last_q[5:0], last};
    record_q <= record;
    if (layer_start) element_q <= output_element;
    else if (output_write) element_q <= element_q + (wide ? 11'd2 : 11'd1);
  end
endmodule

`default_nettype wire
