`default_nettype none
`include "spec.vh"

// Moves bytes for the link, one a clock: frame buffer to device memory (COPY), device memory to
// CRC (SCAN), frame buffer or xorshift32 to inputs (FILL), outputs to CRC (FOLD).
module stream (
  input  wire        clk_i,
  input  wire        reset_i,
  // Task: start_i loads address and count; busy_o from the next clock on
  input  wire        start_i,
  input  wire [1:0]  task_i, // held
  input  wire [17:0] address_i, // byte of device memory, element (FILL) or byte of the arena (FOLD)
  input  wire [17:0] count_i, // bytes; elements when FILL makes them itself
  output wire        busy_o,
  // CRC of all SCAN and FOLD bytes since crc_clear_i; xorshift32
  input  wire        crc_clear_i,
  output wire [31:0] crc_o,
  input  wire        generate_i, // FILL from xorshift32
  input  wire        seed_load_i,
  input  wire [31:0] seed_i,
  input  wire [15:0] input_type_i,
  // Frame buffer
  output wire [9:0]  buffer_index_o,
  input  wire [7:0]  buffer_i,
  // Device memory
  output wire [17:0] device_address_o,
  output wire        device_write_o,
  input  wire [7:0]  device_i,
  // Activations
  output wire        element_write_o,
  output wire [9:0]  write_element_o,
  output wire [15:0] write_data_o,
  output wire [9:0]  read_element_o,
  input  wire [15:0] element_i
);
  localparam [1:0] COPY = 2'd0, SCAN = 2'd1, FILL = 2'd2, FOLD = 2'd3;

  reg [17:0] address_q;
  reg [17:0] left_q;
  reg [9:0] index_q;
  reg valid_q; // the byte asked for one clock ago is there
  reg odd_q; // it is the upper one of a pair
  reg [7:0] low_q;
  wire [31:0] crc;
  wire [15:0] random;

  wire issue = left_q != 18'd0;
  wire wide = input_type_i == `NOMUL_INPUT_I16;
  wire signed_byte = input_type_i == `NOMUL_INPUT_I8;
  wire reads = task_i == SCAN || task_i == FOLD;

  assign busy_o = issue || valid_q;
  assign buffer_index_o = index_q;
  assign device_address_o = address_q;
  assign device_write_o = task_i == COPY && valid_q;
  assign read_element_o = address_q[10:1];
  assign write_element_o = address_q[9:0];

  // An input: the pair of bytes, the byte, or the generator's low bits, widened.
  wire [7:0] low = generate_i ? random[7:0] : wide ? low_q : buffer_i;
  wire [7:0] high = generate_i ? random[15:8] : buffer_i;
  assign write_data_o = {wide ? high : {8{signed_byte && low[7]}}, low};
  assign element_write_o = task_i == FILL && valid_q && (generate_i || !wide || odd_q);

  assign crc_o = ~crc;
  crc32c u_crc (
    .clk_i(clk_i),
    .clear_i(crc_clear_i),
    .valid_i(valid_q && reads),
    .byte_i(task_i == SCAN ? device_i : odd_q ? element_i[15:8] : element_i[7:0]),
    .state_o(crc)
  );

  xorshift32 u_xorshift32 (
    .clk_i(clk_i),
    .load_i(seed_load_i),
    .seed_i(seed_i),
    .step_i(generate_i && task_i == FILL && issue),
    .low_o(random)
  );

  // Reading tasks address as they ask; writing tasks as the byte arrives.
  wire advance = reads ? issue : device_write_o || element_write_o;

  always @(posedge clk_i) begin
    odd_q <= index_q[0];
    low_q <= buffer_i;
    if (start_i) begin
      address_q <= address_i;
      index_q <= 10'd0;
    end else begin
      if (advance) address_q <= address_q + 1'b1;
      if (issue) index_q <= index_q + 1'b1;
    end
    if (reset_i) begin
      left_q <= 18'd0;
      valid_q <= 1'b0;
    end else begin
      if (start_i) left_q <= count_i;
      else if (issue) left_q <= left_q - 1'b1;
      valid_q <= issue;
    end
  end
endmodule

`default_nettype wire
