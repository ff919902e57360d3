`default_nettype none
`include "spec.vh"

// Executes one request at a time: takes it over from frame_rx, checks it, does it, replies. A good
// frame that arrives meanwhile is dropped and counted.
module link #(
  parameter [31:0] TABLE_BYTES = 32'd131072,
  parameter [31:0] PARAMETER_BYTES = 32'd6144,
  parameter [31:0] ARENA_ELEMENTS = 32'd1024,
  parameter [511:0] HELLO = 512'd0 // first byte lowest
) (
  input  wire        clk_i,
  input  wire        reset_i,
  output wire        busy_o,
  output reg         restart_o, // RESET was answered and the answer is on the line
  // Frame
  input  wire        good_i,
  input  wire        bad_i,
  input  wire [7:0]  kind_i,
  input  wire        reply_i, // not a request: ignored
  input  wire [15:0] session_i,
  input  wire [15:0] sequence_i,
  input  wire [10:0] length_i,
  input  wire [31:0] argument_i,
  input  wire [31:0] operand_i,
  output wire [9:0]  buffer_index_o,
  input  wire [7:0]  buffer_i,
  // Reply bytes
  output wire [7:0]  byte_o,
  output wire        last_o,
  output wire        valid_o,
  input  wire        ready_i,
  input  wire        sending_i, // an earlier reply, or this one, is not fully sent
  // Device memory
  output wire [12:0] table_offset_o,
  output wire [17:0] device_address_o,
  output wire        device_write_o,
  output wire [7:0]  device_byte_o,
  input  wire [7:0]  device_i,
  // Engine
  output wire        load_o,
  output wire        start_o,
  output wire [7:0]  steps_o,
  input  wire        engine_busy_i,
  input  wire        engine_running_i,
  input  wire [15:0] step_count_i,
  input  wire [15:0] input_type_i,
  input  wire [9:0]  input_offset_i,
  input  wire [15:0] input_elements_i,
  input  wire [9:0]  output_offset_i,
  input  wire [15:0] output_elements_i,
  // Activations
  output wire        element_write_o,
  output wire [9:0]  write_element_o,
  output wire [15:0] write_data_o,
  output wire [9:0]  read_element_o,
  input  wire [15:0] element_i
);
  localparam [3:0]
    IDLE = 4'd0, LOAD = 4'd1, WAIT = 4'd2, CHECK = 4'd3, ACT = 4'd4, START = 4'd5, STREAM = 4'd6,
    RUN = 4'd7, RUNNING = 4'd8, REPLY = 4'd9, REPLYING = 4'd10, DRAIN = 4'd11;
  localparam [1:0] COPY = 2'd0, SCAN = 2'd1, FILL = 2'd2, FOLD = 2'd3;
  localparam [2:0] OK = `NOMUL_STATUS_OK, BAD_CRC = `NOMUL_STATUS_BAD_CRC;

  // Request
  reg [3:0] state_q;
  reg [1:0] task_q;
  reg [7:0] kind_q;
  reg [15:0] session_q, sequence_q;
  reg [10:0] length_q;
  reg [31:0] argument_q, operand_q;
  reg [2:0] status_q;
  reg [31:0] inferences_q; // of SELFTEST, the one under way included
  wire [4:0] command = kind_q[4:0];
  wire selftest = command == `NOMUL_CMD_SELFTEST;
  wire infer = command == `NOMUL_CMD_INFER;
  wire commit = command == `NOMUL_CMD_COMMIT;
  wire accept = state_q == IDLE && good_i && !reply_i;
  wire [2:0] status;

  // Slot and counters
  reg [1:0] slot_state_q;
  reg [17:3] device_bytes_q;
  reg [12:3] table_offset_q;
  reg [31:0] device_crc_q; // of the committed image, else 0
  reg [15:0] dropped_q, bad_q, good_q;
  reg [31:0] cycles_q; // of the last inference
  reg [31:0] total_cycles_q; // of all inferences of the last INFER or SELFTEST
  reg [31:0] uptime_q, uptime_then_q;

  assign busy_o = state_q != IDLE;
  assign table_offset_o = {table_offset_q, 3'd0};
  assign load_o = state_q == LOAD;
  assign start_o = state_q == RUN;
  assign steps_o = selftest ? 8'd0 : argument_q[7:0];

  request_check #(
    .TABLE_BYTES(TABLE_BYTES), .PARAMETER_BYTES(PARAMETER_BYTES), .ARENA_ELEMENTS(ARENA_ELEMENTS)
  ) u_request_check (
    .clk_i(clk_i),
    .kind_i(kind_q),
    .length_i(length_q),
    .argument_i(argument_q),
    .operand_i(operand_q),
    .slot_state_i(slot_state_q),
    .device_bytes_i({device_bytes_q, 3'd0}),
    .device_crc_i(device_crc_q),
    .step_count_i(step_count_i),
    .input_type_i(input_type_i),
    .input_elements_i(input_elements_i),
    .output_elements_i(output_elements_i),
    .status_o(status)
  );

  // Stream
  reg [17:0] count;
  wire stream_busy;
  wire [31:0] crc;
  wire [9:0] stream_element, reply_element;

  always @* case (task_q)
    COPY: count = {7'd0, length_q};
    SCAN: count = commit ? {device_bytes_q, 3'd0} : operand_q[17:0];
    FILL: count = selftest ? {2'd0, input_elements_i} : {7'd0, length_q};
    default: count = {1'b0, output_elements_i, 1'b0};
  endcase

  stream u_stream (
    .clk_i(clk_i),
    .reset_i(reset_i),
    .start_i(state_q == START),
    .task_i(task_q),
    .count_i(count),
    .device_address_i(commit ? 18'd0 : argument_q[17:0]),
    .element_i(task_q == FILL ? input_offset_i : output_offset_i),
    .busy_o(stream_busy),
    .crc_clear_i(state_q == CHECK),
    .crc_o(crc),
    .generate_i(selftest),
    .seed_load_i(state_q == CHECK),
    .seed_i(argument_q),
    .input_type_i(input_type_i),
    .buffer_index_o(buffer_index_o),
    .buffer_i(buffer_i),
    .device_address_o(device_address_o),
    .device_write_o(device_write_o),
    .device_byte_o(device_byte_o),
    .device_i(device_i),
    .element_write_o(element_write_o),
    .element_address_o(stream_element),
    .write_data_o(write_data_o),
    .read_data_i(element_i)
  );

  // Reply
  reg [10:0] reply_length;
  wire reply_busy;
  wire [9:0] trace_element = argument_q[9:0];
  assign write_element_o = stream_element;
  assign read_element_o = state_q == STREAM ? stream_element : reply_element;

  always @* begin
    case (command)
      `NOMUL_CMD_HELLO: reply_length = `NOMUL_HELLO_BYTES;
      `NOMUL_CMD_DIGEST: reply_length = 11'd4;
      `NOMUL_CMD_INFER: reply_length = {output_elements_i[9:0], 1'b0} + 11'd4;
      `NOMUL_CMD_TRACE: reply_length = {operand_q[9:0], 1'b0};
      `NOMUL_CMD_SELFTEST: reply_length = 11'd8;
      `NOMUL_CMD_STATUS: reply_length = `NOMUL_STATUS_BYTES;
      default: reply_length = 11'd0;
    endcase
    if (status_q != OK) reply_length = 11'd0;
  end

  reply #(.HELLO(HELLO)) u_reply (
    .clk_i(clk_i),
    .reset_i(reset_i),
    .start_i(state_q == REPLY),
    .busy_o(reply_busy),
    .kind_i(kind_q),
    .status_i(status_q),
    .session_i(session_q),
    .sequence_i(sequence_q),
    .argument_i(argument_q),
    .length_i(reply_length),
    .status_words_i({
      uptime_then_q, cycles_q, device_crc_q, {19'd0, table_offset_q, 3'd0},
      {14'd0, device_bytes_q, 3'd0},
      good_q, bad_q, dropped_q, 14'd0, slot_state_q
    }),
    .crc_i(crc),
    .cycles_i(total_cycles_q),
    .first_element_i(infer ? output_offset_i - 10'd2 : trace_element),
    .read_element_o(reply_element),
    .element_i(element_i),
    .byte_o(byte_o),
    .last_o(last_o),
    .valid_o(valid_o),
    .ready_i(ready_i)
  );

  always @(posedge clk_i) begin
    if (accept) begin
      {kind_q, session_q, sequence_q} <= {kind_i, session_i, sequence_i};
      {length_q, argument_q, operand_q} <= {length_i, argument_i, operand_i};
      uptime_then_q <= uptime_q;
    end
    if (start_o) cycles_q <= 32'd0;
    else if (engine_running_i) cycles_q <= cycles_q + 1'b1;
    if (state_q == ACT && status_q == OK && (infer || selftest)) total_cycles_q <= 32'd0;
    else if (engine_running_i) total_cycles_q <= total_cycles_q + 1'b1;

    uptime_q <= uptime_q + 1'b1;
    if (accept) good_q <= good_q + 1'b1;
    if (bad_i) bad_q <= bad_q + 1'b1;
    if (good_i && !reply_i && state_q != IDLE) dropped_q <= dropped_q + 1'b1;

    restart_o <= state_q == DRAIN && !sending_i;

    case (state_q)
      IDLE: if (accept) state_q <= LOAD;
      LOAD: state_q <= WAIT;
      WAIT: if (!engine_busy_i) state_q <= CHECK;
      CHECK: begin
        status_q <= status;
        inferences_q <= 32'd1;
        state_q <= ACT;
      end
      ACT: begin
        state_q <= REPLY;
        if (status_q == OK) case (command)
          `NOMUL_CMD_BEGIN: begin
            slot_state_q <= `NOMUL_SLOT_OPEN;
            device_bytes_q <= argument_q[17:3];
            table_offset_q <= operand_q[12:3];
            device_crc_q <= 32'd0;
          end
          `NOMUL_CMD_DATA: begin
            task_q <= COPY;
            state_q <= START;
          end
          `NOMUL_CMD_DIGEST, `NOMUL_CMD_COMMIT: begin
            task_q <= SCAN;
            if (!(commit && slot_state_q == `NOMUL_SLOT_COMMITTED)) state_q <= START;
          end
          `NOMUL_CMD_INFER, `NOMUL_CMD_SELFTEST: begin
            task_q <= FILL;
            state_q <= START;
          end
          default: ;
        endcase
      end
      START: state_q <= STREAM;
      STREAM: if (!stream_busy) case (task_q)
        FILL: state_q <= RUN;
        FOLD: begin
          task_q <= FILL;
          inferences_q <= inferences_q + 1'b1;
          state_q <= inferences_q == operand_q ? REPLY : START;
        end
        SCAN: begin
          state_q <= REPLY;
          if (commit && crc != argument_q) status_q <= BAD_CRC;
          else if (commit) begin
            slot_state_q <= `NOMUL_SLOT_COMMITTED;
            device_crc_q <= argument_q;
          end
        end
        default: state_q <= REPLY;
      endcase
      RUN: state_q <= RUNNING;
      RUNNING: if (!engine_busy_i) begin
        task_q <= FOLD;
        state_q <= infer ? REPLY : START;
      end
      REPLY: state_q <= REPLYING;
      REPLYING: if (!reply_busy)
        state_q <= command == `NOMUL_CMD_RESET && status_q == OK ? DRAIN : IDLE;
      default: ; // DRAIN ends in reset
    endcase

    if (reset_i) begin
      state_q <= IDLE;
      slot_state_q <= `NOMUL_SLOT_EMPTY;
      device_bytes_q <= 15'd0;
      table_offset_q <= 10'd0;
      device_crc_q <= 32'd0;
      {dropped_q, bad_q, good_q} <= 48'd0;
      cycles_q <= 32'd0;
      uptime_q <= 32'd0;
      restart_o <= 1'b0;
    end
  end
endmodule

`default_nettype wire
