`default_nettype none
`include "spec.vh"

// Moves bytes for the link, one a clock: frame buffer to device memory (COPY), device memory to
// CRC (SCAN), frame buffer or xorshift32 to inputs (FILL), outputs to CRC (FOLD). At the
// pace of the flash chip: chip to device memory (FETCH), device memory to chip (KEEP), chip to CRC
// (COUNT).
// Four stages: ask the frame buffer, make address and data, access the memory, take what it read.
module stream (
  input  wire        clk_i,
  input  wire        reset_i,
  // Task: start_i begins it; the others are held; busy_o from the next clock on
  input  wire        start_i,
  input  wire [2:0]  task_i,
  input  wire [17:0] count_i, // bytes; elements when FILL makes them itself
  input  wire [17:0] device_address_i, // first byte of device memory
  input  wire [9:0]  element_i, // first element
  output wire        busy_o,
  // Flash chip: one byte a step
  input  wire        step_i,
  input  wire        read_i, // it brought flash_i
  input  wire [7:0]  flash_i,
  output wire        more_o, // another byte follows
  output wire [17:0] index_o, // steps so far
  output wire        taken_o, // a byte of device memory is there
  // CRC of all SCAN, FOLD and COUNT bytes since crc_clear_i; xorshift32
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
  output reg  [17:0] device_address_o,
  output reg         device_write_o,
  output wire [7:0]  device_byte_o,
  input  wire [7:0]  device_i,
  // Activations
  output reg         element_write_o,
  output reg  [9:0]  element_address_o,
  output reg  [15:0] write_data_o,
  input  wire [15:0] read_data_i
);
  localparam [2:0]
    COPY = 3'd0, SCAN = 3'd1, FILL = 3'd2, FOLD = 3'd3, FETCH = 3'd4, COUNT = 3'd6; // 5: KEEP

  reg [17:0] index_q; // asked of the frame buffer
  reg [17:0] address_index_q;
  reg [7:0] low_q;
  reg running_q, addressing_q, access_q, taking_q; // the stages
  reg access_odd_q, odd_q;
  wire [31:0] crc;
  wire [15:0] random;

  wire paced = task_i[2];
  wire more = running_q && index_q != count_i;
  wire issue = more && (!paced || step_i);
  wire wide = input_type_i == `NOMUL_INPUT_I16;
  wire signed_byte = input_type_i == `NOMUL_INPUT_I8;
  wire pairs = task_i == FOLD || (wide && !generate_i); // two bytes an element

  assign busy_o = running_q || addressing_q || access_q || taking_q;
  assign more_o = more;
  assign index_o = index_q;
  assign taken_o = taking_q;
  assign buffer_index_o = index_q[9:0];
  assign device_byte_o = low_q;

  // An input: the pair of bytes, the byte, or the generator's low bits, widened.
  wire [7:0] low = generate_i ? random[7:0] : wide ? low_q : buffer_i;
  wire [7:0] high = generate_i ? random[15:8] : buffer_i;

  assign crc_o = ~crc;
  crc32c u_crc (
    .clk_i(clk_i),
    .clear_i(crc_clear_i),
    .valid_i(taking_q || (task_i == COUNT && read_i)),
    .byte_i(paced ? flash_i : task_i == SCAN ? device_i : odd_q ? read_data_i[15:8]
                                                                : read_data_i[7:0]),
    .state_o(crc)
  );

  xorshift32 u_xorshift32 (
    .clk_i(clk_i),
    .load_i(seed_load_i),
    .seed_i(seed_i),
    .step_i(generate_i && task_i == FILL && issue),
    .low_o(random)
  );

  always @(posedge clk_i) begin
    address_index_q <= index_q;
    low_q <= paced ? flash_i : buffer_i;
    device_address_o <= device_address_i + address_index_q;
    element_address_o <= element_i + (pairs ? address_index_q[10:1] : address_index_q[9:0]);
    write_data_o <= {wide ? high : {8{signed_byte && low[7]}}, low};
    access_odd_q <= address_index_q[0];
    odd_q <= access_odd_q;
    if (start_i) index_q <= 18'd0;
    else if (issue) index_q <= index_q + 1'b1;
    if (reset_i) begin
      running_q <= 1'b0;
      addressing_q <= 1'b0;
      access_q <= 1'b0;
      taking_q <= 1'b0;
      device_write_o <= 1'b0;
      element_write_o <= 1'b0;
    end else begin
      running_q <= start_i || more;
      addressing_q <= issue;
      access_q <= addressing_q;
      device_write_o <= (task_i == COPY || task_i == FETCH) && addressing_q;
      element_write_o <= task_i == FILL && addressing_q && (!pairs || address_index_q[0]);
      taking_q <= access_q && task_i[0]; // SCAN, FOLD, KEEP
    end
  end
endmodule

`default_nettype wire
