`default_nettype none
`include "spec.vh"

// Executes one request at a time: takes it over from frame_rx, checks it, does it, replies. A good
// frame that arrives meanwhile is dropped and counted. After reset the slot that boots is loaded,
// as LOAD does it.
module link #(
  parameter [31:0] TABLE_BYTES = 32'd131072,
  parameter [31:0] PARAMETER_BYTES = 32'd6144,
  parameter [31:0] ARENA_ELEMENTS = 32'd1024,
  parameter [31:0] SLOTS = 32'd2, // or 0
  parameter [23:0] FLASH_OFFSET = 24'h100000,
  parameter integer TICK_BIT = 20, // of the uptime: what waits are counted in
  parameter [511:0] HELLO = 512'd0 // first byte lowest
) (
  input  wire        clk_i,
  input  wire        reset_i,
  output wire        busy_o,
  output reg         restart_o, // RESET was answered and the answer is on the line, or stops a self-test
  output wire        tick_o,
  // Line rate: BAUD was answered and the answer is on the line
  output reg         baud_set_o,
  output wire [11:0] baud_divisor_o,
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
  // The bytes of a slot's header, with its CRC, go to flash instead of the line
  output wire        to_flash_o,
  input  wire [7:0]  content_i,
  input  wire        content_valid_i,
  output wire        content_take_o,
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
  input  wire [15:0] element_i,
  // Flash chip
  output wire        flash_cs_n_o,
  output wire        flash_sck_o,
  output wire        flash_mosi_o,
  input  wire        flash_miso_i
);
  localparam [3:0]
    IDLE = 4'd0, HEADER = 4'd1, WAIT = 4'd2, CHECK = 4'd3, ACT = 4'd4, START = 4'd5, STREAM = 4'd6,
    RUN = 4'd7, RUNNING = 4'd8, REPLY = 4'd9, REPLYING = 4'd10, DRAIN = 4'd11, SLOT = 4'd12;
  localparam [1:0] COPY = 2'd0, SCAN = 2'd1, FILL = 2'd2, FOLD = 2'd3;
  localparam [3:0] OK = `NOMUL_STATUS_OK, BAD_CRC = `NOMUL_STATUS_BAD_CRC;

  // Request
  reg [3:0] state_q, status_q;
  reg [1:0] task_q;
  reg [31:0] inferences_q; // of SELFTEST, the one under way included
  wire [7:0] kind;
  wire [15:0] session, sequence_number;
  wire [10:0] length;
  wire [31:0] argument, operand;
  wire [4:0] command = kind[4:0];
  wire selftest = command == `NOMUL_CMD_SELFTEST;
  wire infer = command == `NOMUL_CMD_INFER;
  wire commit = command == `NOMUL_CMD_COMMIT;
  wire digest = command == `NOMUL_CMD_DIGEST;
  wire load = command == `NOMUL_CMD_LOAD; // also while booting
  wire accept = state_q == IDLE && good_i && !reply_i;
  wire acts = state_q == ACT && status_q == OK;
  // The one request without an end in sight hears RESET, which is answered when it comes again.
  wire stops = good_i && !reply_i && selftest && state_q != IDLE &&
               length_i == 11'd0 && kind_i == (`NOMUL_LINK_VERSION << 5 | `NOMUL_CMD_RESET);
  wire [3:0] status, slot_status;

  // Image in memory
  wire fixed;
  wire [1:0] slot_state;
  wire [17:3] device_bytes;
  wire [12:3] table_offset;
  wire [31:0] device_crc;

  assign busy_o = state_q != IDLE;
  assign table_offset_o = {table_offset, 3'd0};
  assign load_o = state_q == HEADER;
  assign start_o = state_q == RUN;
  assign steps_o = selftest ? 8'd0 : argument[7:0];
  assign baud_divisor_o = argument[11:0];

  // Slots in flash
  wire [1:0] loaded;
  wire slot_busy, booting, confirmable, slot_stream, step, read, taken, more;
  wire sizes_ok, argument_shift, operand_shift, open, verify, header_start, stream_busy, reply_busy;
  wire [7:0] slot_flags, flash_maker, flash_size, flash_byte;
  wire [15:0] boot_sequence;
  wire [2:0] slot_task;
  wire [4:0] slot_count;
  wire [17:0] index;
  wire [9:0] reply_element;
  wire [31:0] crc;
  wire is_slot = state_q == SLOT;
  wire begins = acts && command == `NOMUL_CMD_BEGIN;
  wire scanned = state_q == STREAM && !stream_busy && task_q == SCAN;
  wire crc_equal = crc == argument;

  image_state u_image_state (
    .clk_i(clk_i), .reset_i(reset_i), .open_i(begins || open), .device_bytes_i(argument[17:3]),
    .table_offset_i(operand[12:3]), .commit_i(scanned && !digest && crc_equal),
    .device_crc_i(argument), .discard_i(scanned && load && !crc_equal), .fixed_o(fixed),
    .slot_state_o(slot_state), .device_bytes_o(device_bytes), .table_offset_o(table_offset),
    .device_crc_o(device_crc)
  );

  slots #(.SLOTS(SLOTS), .FLASH_OFFSET(FLASH_OFFSET)) u_slots (
    .clk_i(clk_i), .reset_i(reset_i), .tick_i(tick_o),
    .start_i(acts && (command == `NOMUL_CMD_STORE || load || command == `NOMUL_CMD_CONFIRM)),
    .command_i(command), .load_i(argument[1:0]), .busy_o(slot_busy), .booting_o(booting),
    .status_o(slot_status), .forget_i(begins || open), .flags_o(slot_flags),
    .confirmable_o(confirmable), .loaded_o(loaded), .sequence_o(boot_sequence),
    .maker_o(flash_maker), .size_o(flash_size), .stream_start_o(slot_stream), .task_o(slot_task),
    .count_o(slot_count), .step_o(step), .read_o(read), .byte_o(flash_byte), .more_i(more),
    .index_i(index), .taken_i(taken), .memory_byte_i(device_i), .crc_i(crc),
    .argument_shift_o(argument_shift), .operand_shift_o(operand_shift),
    .sizes_ok_i(sizes_ok), .open_o(open), .verify_o(verify),
    .verified_i(scanned && load), .equal_i(crc_equal), .header_start_o(header_start),
    .header_o(to_flash_o), .sending_i(sending_i), .header_byte_i(content_i),
    .header_valid_i(content_valid_i), .header_take_o(content_take_o),
    .flash_cs_n_o(flash_cs_n_o), .flash_sck_o(flash_sck_o), .flash_mosi_o(flash_mosi_o),
    .flash_miso_i(flash_miso_i)
  );

  request u_request (
    .clk_i(clk_i), .reset_i(reset_i), .accept_i(accept), .kind_i(kind_i), .session_i(session_i),
    .sequence_i(sequence_i), .length_i(length_i), .argument_i(argument_i), .operand_i(operand_i),
    .byte_i(flash_byte), .argument_shift_i(argument_shift), .operand_shift_i(operand_shift),
    .restore_i(is_slot && !slot_busy && load), .loaded_i(loaded), .kind_o(kind),
    .session_o(session), .sequence_o(sequence_number), .length_o(length), .argument_o(argument),
    .operand_o(operand)
  );

  request_check #(
    .TABLE_BYTES(TABLE_BYTES), .PARAMETER_BYTES(PARAMETER_BYTES), .ARENA_ELEMENTS(ARENA_ELEMENTS)
  ) u_request_check (
    .clk_i(clk_i), .kind_i(kind), .length_i(length), .argument_i(argument), .operand_i(operand),
    .fixed_i(fixed), .slot_state_i(slot_state), .device_bytes_i({device_bytes, 3'd0}),
    .device_crc_i(device_crc), .slot_flags_i(slot_flags), .confirmable_i(confirmable),
    .sizes_ok_o(sizes_ok), .step_count_i(step_count_i), .input_type_i(input_type_i),
    .input_elements_i(input_elements_i), .output_elements_i(output_elements_i), .status_o(status)
  );

  // Stream
  reg [17:0] count_q;
  wire [2:0] task_now = is_slot ? slot_task : {1'b0, task_q};

  // Held from before a task begins: nothing waits for this choice.
  always @(posedge clk_i) begin
    case (task_q)
      COPY: count_q <= {7'd0, length};
      SCAN: count_q <= digest ? operand[17:0] : {device_bytes, 3'd0};
      FILL: count_q <= selftest ? {2'd0, input_elements_i} : {7'd0, length};
      default: count_q <= {1'b0, output_elements_i, 1'b0};
    endcase
    if (is_slot) count_q <= slot_task[1] ? {13'd0, slot_count} : {device_bytes, 3'd0};
  end

  stream u_stream (
    .clk_i(clk_i), .reset_i(reset_i), .start_i(state_q == START || slot_stream),
    .task_i(task_now), .count_i(count_q),
    .device_address_i(command == `NOMUL_CMD_DATA || digest ? argument[17:0] : 18'd0),
    .element_i(task_q == FILL ? input_offset_i : output_offset_i), .busy_o(stream_busy),
    .step_i(step), .read_i(read), .flash_i(flash_byte), .more_o(more), .index_o(index),
    .taken_o(taken), .crc_clear_i(state_q == CHECK || slot_stream || verify), .crc_o(crc),
    .generate_i(selftest),
    .seed_load_i(state_q == CHECK), .seed_i(argument), .input_type_i(input_type_i),
    .buffer_index_o(buffer_index_o), .buffer_i(buffer_i), .device_address_o(device_address_o),
    .device_write_o(device_write_o), .device_byte_o(device_byte_o), .device_i(device_i),
    .element_write_o(element_write_o), .element_address_o(write_element_o),
    .write_data_o(write_data_o), .read_data_i(element_i)
  );

  // Reply
  wire [15:0] good, bad, dropped;
  wire [31:0] cycles, uptime_then;
  assign read_element_o = state_q == STREAM ? write_element_o : reply_element;

  reply #(.HELLO(HELLO)) u_reply (
    .clk_i(clk_i), .reset_i(reset_i), .start_i(state_q == REPLY || header_start),
    .busy_o(reply_busy), .slot_header_i(is_slot), .kind_i(kind), .status_i(status_q),
    .session_i(session), .sequence_i(sequence_number), .argument_i(argument),
    .trace_elements_i(operand[9:0]), .output_elements_i(output_elements_i[9:0]),
    .status_words_i({
      flash_size, flash_maker, boot_sequence, uptime_then, cycles, device_crc,
      {19'd0, table_offset, 3'd0}, {14'd0, device_bytes, 3'd0}, good, bad, dropped,
      slot_flags, 6'd0, slot_state
    }),
    .crc_i(crc), .cycles_i(cycles),
    .first_element_i(infer ? output_offset_i - 10'd2 : argument[9:0]),
    .read_element_o(reply_element), .element_i(element_i), .byte_o(byte_o), .last_o(last_o),
    .valid_o(valid_o), .ready_i(ready_i)
  );

  counters #(.TICK_BIT(TICK_BIT)) u_counters (
    .clk_i(clk_i), .reset_i(reset_i), .good_i(accept), .bad_i(bad_i),
    .dropped_i(good_i && !reply_i && state_q != IDLE), .good_o(good), .bad_o(bad),
    .dropped_o(dropped), .running_i(engine_running_i), .clear_i(acts && (infer || selftest)),
    .cycles_o(cycles), .uptime_then_o(uptime_then), .tick_o(tick_o)
  );

  always @(posedge clk_i) begin
    restart_o <= (state_q == DRAIN && !sending_i && command == `NOMUL_CMD_RESET) || stops;
    baud_set_o <= state_q == DRAIN && !sending_i && command == `NOMUL_CMD_BAUD;

    case (state_q)
      IDLE: if (accept) state_q <= HEADER;
      HEADER: state_q <= WAIT;
      WAIT: if (!engine_busy_i) state_q <= CHECK;
      CHECK: {status_q, inferences_q, state_q} <= {status, 32'd1, ACT};
      ACT: begin
        state_q <= REPLY;
        if (status_q == OK) case (command)
          `NOMUL_CMD_DATA: {task_q, state_q} <= {COPY, START};
          `NOMUL_CMD_DIGEST, `NOMUL_CMD_COMMIT: begin
            task_q <= SCAN;
            if (!(commit && slot_state == `NOMUL_SLOT_COMMITTED)) state_q <= START;
          end
          `NOMUL_CMD_INFER, `NOMUL_CMD_SELFTEST: {task_q, state_q} <= {FILL, START};
          `NOMUL_CMD_STORE, `NOMUL_CMD_LOAD, `NOMUL_CMD_CONFIRM: state_q <= SLOT;
          default: ;
        endcase
      end
      START: state_q <= STREAM;
      STREAM: if (!stream_busy) case (task_q)
        FILL: state_q <= RUN;
        FOLD: begin
          task_q <= FILL;
          inferences_q <= inferences_q + 1'b1;
          state_q <= inferences_q == operand ? REPLY : START;
        end
        SCAN: state_q <= load ? SLOT : REPLY;
        default: state_q <= REPLY;
      endcase
      RUN: state_q <= RUNNING;
      RUNNING: if (!engine_busy_i) {task_q, state_q} <= {FOLD, infer ? REPLY : START};
      SLOT: begin
        task_q <= SCAN;
        status_q <= slot_status;
        if (verify) state_q <= START;
        else if (!slot_busy) state_q <= booting ? IDLE : REPLY;
      end
      REPLY: state_q <= REPLYING;
      REPLYING: if (!reply_busy)
        state_q <= status_q == OK && (command == `NOMUL_CMD_RESET || command == `NOMUL_CMD_BAUD)
          ? DRAIN : IDLE;
      default: if (baud_set_o) state_q <= IDLE; // DRAIN; RESET's ends in reset
    endcase
    if (scanned && commit && !crc_equal) status_q <= BAD_CRC;

    if (reset_i) begin
      {restart_o, baud_set_o} <= 2'b00;
      state_q <= SLOT;
    end
  end
endmodule

`default_nettype wire
