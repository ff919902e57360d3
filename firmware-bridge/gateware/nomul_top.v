`default_nettype none
`include "spec.vh"

// The device: serial line in, serial line out.
//
// Memories by their hierarchical names, which simulators use to inject faults:
//   u_device_memory.u_table_memory.g_spram.mem     reg [63:0] [0:16383]  table section
//   u_device_memory.u_table_memory.g_bram.even, odd  with 16 lanes: its even and odd words
//   u_device_memory.u_parameter_memory.mem0, mem1  reg [15:0] [0:1535]   lower, upper half of a word
//   u_engine.u_activation_memory.bank0 .. bank3    reg [15:0] [0:255]    element e: bank e mod 4
//   u_engine.g_memory.u_accumulator_memory.mem     reg [127:0] [0:255]   8 lanes a group
module nomul_top #(
  parameter [31:0] CLOCK_HZ = 32'd12000000,
  parameter [31:0] BAUD = 32'd3000000,
  parameter [31:0] MAX_BAUD = 32'd3000000,
  parameter integer DIVISOR = 4, // clocks a bit after power-on, BAUD_CLOCKS_MIN..MAX
  parameter [31:0] FIRMWARE = 32'h0,
  // ASCII, first character lowest: "icebreaker"
  parameter [159:0] BOARD = 160'h72_65_6b_61_65_72_62_65_63_69,
  parameter [31:0] TABLE_BYTES = 32'd131072,
  parameter [31:0] PARAMETER_BYTES = 32'd6144,
  parameter [31:0] ARENA_ELEMENTS = 32'd1024,
  parameter integer LANES = 8, // 8 with tables in SPRAM, 16 with tables in block RAM
  parameter [31:0] OUTPUTS = 32'd1024, // of a step, at most; with 16 lanes 16 times a power of 2
  parameter [31:0] SLOTS = 32'd2, // 0: no flash chip to keep images in
  parameter [23:0] FLASH_OFFSET = 24'h100000 // of slot A; a multiple of SLOT_BYTES
) (
  input  wire clk_i,
  // Line, 8N1
  input  wire uart_rx_i,
  output wire uart_tx_o,
  // Serial flash chip
  output wire flash_cs_n_o,
  output wire flash_sck_o,
  output wire flash_mosi_o,
  input  wire flash_miso_i,
  // A request is executed, a reply not fully sent, or a line rate on trial
  output wire busy_o
);
  localparam [511:0] HELLO =
    512'd`NOMUL_LINK_VERSION << (8 * `NOMUL_HELLO_PROTOCOL_AT) |
    512'd1 << (8 * `NOMUL_HELLO_DEVICE_KIND_AT) |
    {480'd0, SLOTS} << (8 * `NOMUL_HELLO_SLOTS_AT) |
    512'd`NOMUL_LINK_WINDOW << (8 * `NOMUL_HELLO_WINDOW_AT) |
    (LANES == 8 ? 512'd8 : 512'd16) << (8 * `NOMUL_HELLO_LANES_AT) |
    512'd16 << (8 * `NOMUL_HELLO_ACCUMULATOR_BITS_AT) |
    512'd`NOMUL_LINK_DATA_MAX << (8 * `NOMUL_HELLO_DATA_BYTES_AT) |
    {480'd0, TABLE_BYTES} << (8 * `NOMUL_HELLO_TABLE_BYTES_AT) |
    {480'd0, PARAMETER_BYTES} << (8 * `NOMUL_HELLO_PARAMETER_BYTES_AT) |
    {480'd0, ARENA_ELEMENTS} << (8 * `NOMUL_HELLO_ARENA_ELEMENTS_AT) |
    {480'd0, OUTPUTS} << (8 * `NOMUL_HELLO_OUTPUT_ELEMENTS_AT) |
    {480'd0, LANES == 16 ? 2 * OUTPUTS : 32'd0} << (8 * `NOMUL_HELLO_OUTPUT_ELEMENTS4_AT) |
    512'd1 << (8 * `NOMUL_HELLO_OPERATORS_AT + `NOMUL_OP_MADDNESS) |
    (LANES == 16 ? 512'd1 : 512'd0) << (8 * `NOMUL_HELLO_OPERATORS_AT + `NOMUL_OP_MADDNESS4) |
    {480'd0, CLOCK_HZ} << (8 * `NOMUL_HELLO_CLOCK_HZ_AT) |
    {480'd0, BAUD} << (8 * `NOMUL_HELLO_BAUD_AT) |
    {480'd0, MAX_BAUD} << (8 * `NOMUL_HELLO_MAX_BAUD_AT) |
    {480'd0, FIRMWARE} << (8 * `NOMUL_HELLO_FIRMWARE_AT) |
    {352'd0, BOARD} << (8 * `NOMUL_HELLO_BOARD_AT);

  // Waits are counted in ticks of 1/6 to 1/3 s.
  localparam integer TICK_BIT = $clog2(CLOCK_HZ / 6) - 1;

  // Reset for 15 clocks after configuration and after RESET
  reg [3:0] reset_count_q = 4'd15;
  wire reset = reset_count_q != 4'd0;
  wire restart;

  always @(posedge clk_i) begin
    if (restart) reset_count_q <= 4'd15;
    else if (reset) reset_count_q <= reset_count_q - 1'b1;
  end

  // Line to frame
  wire [7:0] rx_byte, decoded_byte, buffer_byte;
  wire rx_valid, rx_error, decoded_valid, frame_end, frame_ok, data_valid, good, bad;
  wire [9:0] data_index, buffer_index;
  wire [7:0] kind;
  wire is_reply;
  wire [15:0] session, sequence_number;
  wire [10:0] data_length;
  wire [31:0] argument, operand;

  wire tick, baud_set, baud_busy;
  wire [11:0] baud_divisor, divisor;

  baud #(.DIVISOR(DIVISOR[11:0])) u_baud (
    .clk_i(clk_i), .reset_i(reset), .tick_i(tick), .set_i(baud_set), .divisor_i(baud_divisor),
    .heard_i(rx_valid || rx_error), .good_i(good), .divisor_o(divisor), .busy_o(baud_busy)
  );

  uart_rx u_uart_rx (
    .clk_i(clk_i), .reset_i(reset), .divisor_i(divisor), .rx_i(uart_rx_i),
    .byte_o(rx_byte), .valid_o(rx_valid), .error_o(rx_error)
  );

  cobs_decode u_cobs_decode (
    .clk_i(clk_i), .reset_i(reset), .byte_i(rx_byte), .valid_i(rx_valid), .error_i(rx_error),
    .byte_o(decoded_byte), .valid_o(decoded_valid), .end_o(frame_end), .ok_o(frame_ok)
  );

  frame_rx u_frame_rx (
    .clk_i(clk_i), .reset_i(reset),
    .byte_i(decoded_byte), .valid_i(decoded_valid), .end_i(frame_end), .ok_i(frame_ok),
    .data_index_o(data_index), .data_valid_o(data_valid), .good_o(good), .bad_o(bad),
    .kind_o(kind), .reply_o(is_reply), .session_o(session), .sequence_o(sequence_number),
    .length_o(data_length), .argument_o(argument), .operand_o(operand)
  );

  frame_buffer u_frame_buffer (
    .clk_i(clk_i), .write_i(data_valid), .write_index_i(data_index), .byte_i(decoded_byte),
    .read_index_i(buffer_index), .byte_o(buffer_byte)
  );

  // Link
  wire link_busy, sending, to_flash, content_valid, content_take;
  wire [7:0] reply_byte, content_byte, device_byte, write_byte, steps;
  wire reply_last, reply_valid, reply_ready;
  wire [12:0] table_offset;
  wire [17:0] device_address;
  wire device_write, load, start, engine_busy, engine_running, element_write;
  wire [15:0] step_count, input_type, input_elements, output_elements, write_data, element;
  wire [9:0] input_offset, output_offset, write_element, read_element;

  link #(
    .TABLE_BYTES(TABLE_BYTES), .PARAMETER_BYTES(PARAMETER_BYTES), .ARENA_ELEMENTS(ARENA_ELEMENTS),
    .HELLO(HELLO), .SLOTS(SLOTS), .FLASH_OFFSET(FLASH_OFFSET), .TICK_BIT(TICK_BIT)
  ) u_link (
    .clk_i(clk_i), .reset_i(reset), .busy_o(link_busy), .restart_o(restart),
    .tick_o(tick), .baud_set_o(baud_set), .baud_divisor_o(baud_divisor),
    .good_i(good), .bad_i(bad), .kind_i(kind), .reply_i(is_reply), .session_i(session),
    .sequence_i(sequence_number), .length_i(data_length), .argument_i(argument),
    .operand_i(operand), .buffer_index_o(buffer_index), .buffer_i(buffer_byte),
    .byte_o(reply_byte), .last_o(reply_last), .valid_o(reply_valid), .ready_i(reply_ready),
    .sending_i(sending), .to_flash_o(to_flash), .content_i(content_byte),
    .content_valid_i(content_valid), .content_take_o(content_take),
    .table_offset_o(table_offset), .device_address_o(device_address),
    .device_write_o(device_write), .device_byte_o(write_byte), .device_i(device_byte),
    .load_o(load), .start_o(start), .steps_o(steps), .engine_busy_i(engine_busy),
    .engine_running_i(engine_running), .step_count_i(step_count), .input_type_i(input_type),
    .input_offset_i(input_offset), .input_elements_i(input_elements),
    .output_offset_i(output_offset), .output_elements_i(output_elements),
    .element_write_o(element_write), .write_element_o(write_element), .write_data_o(write_data),
    .read_element_o(read_element), .element_i(element),
    .flash_cs_n_o(flash_cs_n_o), .flash_sck_o(flash_sck_o), .flash_mosi_o(flash_mosi_o),
    .flash_miso_i(flash_miso_i)
  );

  // Memories and engine
  wire [10:0] low_address, high_address, dims_address;
  wire [31:0] parameter_word, dims_word;
  wire [13:0] table_address;
  wire [8*LANES-1:0] table_word;

  device_memory #(
    .TABLE_BYTES(TABLE_BYTES), .PARAMETER_BYTES(PARAMETER_BYTES), .LANES(LANES)
  ) u_device_memory (
    .clk_i(clk_i), .engine_i(engine_busy), .table_offset_i(table_offset),
    .address_i(device_address), .write_i(device_write), .byte_i(write_byte),
    .byte_o(device_byte), .low_address_i(low_address), .high_address_i(high_address),
    .parameter_o(parameter_word), .dims_address_i(dims_address), .dims_o(dims_word),
    .table_address_i(table_address), .table_o(table_word)
  );

  engine #(.LANES(LANES), .OUTPUTS(OUTPUTS)) u_engine (
    .clk_i(clk_i), .reset_i(reset), .load_i(load), .start_i(start), .steps_i(steps),
    .busy_o(engine_busy), .running_o(engine_running), .step_count_o(step_count),
    .input_type_o(input_type), .input_offset_o(input_offset), .input_elements_o(input_elements),
    .output_offset_o(output_offset), .output_elements_o(output_elements),
    .write_i(element_write), .write_element_i(write_element), .write_data_i(write_data),
    .read_element_i(read_element), .element_o(element),
    .low_address_o(low_address), .high_address_o(high_address), .parameter_i(parameter_word),
    .dims_address_o(dims_address), .dims_i(dims_word),
    .table_address_o(table_address), .table_i(table_word)
  );

  // Reply to line
  wire [7:0] tx_byte;
  wire content_last, queue_ready, queued, tx_valid, tx_ready;
  wire content_ready = to_flash ? content_take : queue_ready;

  frame_tx u_frame_tx (
    .clk_i(clk_i), .reset_i(reset),
    .byte_i(reply_byte), .last_i(reply_last), .valid_i(reply_valid), .ready_o(reply_ready),
    .byte_o(content_byte), .last_o(content_last), .valid_o(content_valid), .ready_i(content_ready)
  );

  cobs_encode u_cobs_encode (
    .clk_i(clk_i), .reset_i(reset),
    .byte_i(content_byte), .last_i(content_last), .valid_i(content_valid && !to_flash),
    .ready_o(queue_ready),
    .byte_o(tx_byte), .valid_o(tx_valid), .ready_i(tx_ready), .busy_o(queued)
  );

  uart_tx u_uart_tx (
    .clk_i(clk_i), .reset_i(reset), .divisor_i(divisor),
    .byte_i(tx_byte), .valid_i(tx_valid), .ready_o(tx_ready), .tx_o(uart_tx_o)
  );

  assign sending = queued || !tx_ready;
  assign busy_o = reset || link_busy || sending || baud_busy;
endmodule

`default_nettype wire
