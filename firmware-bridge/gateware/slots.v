`default_nettype none
`include "spec.vh"

// Two slots in the flash chip (host/spec/slots.ts): reads the one that boots after reset, and
// executes STORE, LOAD and CONFIRM. Bytes go between chip and memory through the link's stream; a
// header is written as a reply is, and read into the registers of a request.
module slots #(
  parameter [31:0] SLOTS = 32'd2, // or 0: nothing remains of this module
  parameter [23:0] FLASH_OFFSET = 24'h100000 // of slot A; a multiple of SLOT_BYTES
) (
  input  wire        clk_i,
  input  wire        reset_i,
  input  wire        tick_i, // four of them are longer than an erase
  // Command: start_i begins it; busy after reset, until the image that boots is in memory
  input  wire        start_i,
  input  wire [4:0]  command_i,
  input  wire [1:0]  load_i, // LOAD_*
  output wire        busy_o,
  output wire        booting_o,
  output reg  [3:0]  status_o, // of the last command
  // State
  input  wire        forget_i, // memory is opened for another image
  output wire [7:0]  flags_o, // SLOTS_*
  output wire        confirmable_o, // CONFIRM has something to do
  output reg  [1:0]  loaded_o, // LOAD_* of the last LOAD
  output reg  [15:0] sequence_o, // of the slot that boots; 0 when there is none
  output reg  [7:0]  maker_o,
  output reg  [7:0]  size_o,
  // Stream: the data bytes of one operation of the chip; of all of them when a body is written
  output wire        stream_start_o,
  output reg  [2:0]  task_o,
  output reg  [4:0]  count_o, // bytes of COUNT
  output wire        step_o,
  output wire        read_o, // the step brought byte_o
  output wire [7:0]  byte_o,
  input  wire        more_i,
  input  wire [17:0] index_i,
  input  wire        taken_i, // memory_byte_i was asked for by step_o
  input  wire [7:0]  memory_byte_i,
  input  wire [31:0] crc_i, // of the bytes read
  // Header to the registers of a request, in the clock of read_o
  output wire        argument_shift_o,
  output wire        operand_shift_o,
  input  wire        sizes_ok_i, // those in the registers
  output wire        open_o, // BEGIN with those
  // Verification: the link reads memory and compares its CRC with the argument
  output wire        verify_o,
  input  wire        verified_i,
  input  wire        equal_i,
  // Header to write: sequence number + 1, sizes, CRC, and the CRC over them
  output wire        header_start_o,
  output wire        header_o, // its bytes are taken
  input  wire        sending_i, // what makes headers is still busy with replies
  input  wire [7:0]  header_byte_i,
  input  wire        header_valid_i,
  output wire        header_take_o,
  // Pins
  output wire        flash_cs_n_o,
  output wire        flash_sck_o,
  output wire        flash_mosi_o,
  input  wire        flash_miso_i
);
  localparam [3:0]
    IDLE = 4'd0, WAKE = 4'd1, HEADER = 4'd2, CHOOSE = 4'd3, SIZES = 4'd4, BODY = 4'd5,
    VERIFY = 4'd6, ERASE_HEADER = 4'd7, ERASE_BODY = 4'd8, WRITE_BODY = 4'd9, WRITE_HEADER = 4'd10,
    MARK = 4'd11, CHECK_MARK = 4'd12;
  localparam [1:0] READ = 2'd0, IDENTIFY = 2'd1, PROGRAM = 2'd2, ERASE = 2'd3;
  localparam [2:0] FETCH = 3'd4, KEEP = 3'd5, COUNT = 3'd6;
  localparam [3:0]
    OK = `NOMUL_STATUS_OK, BAD_CRC = `NOMUL_STATUS_BAD_CRC, NO_IMAGE = `NOMUL_STATUS_NO_IMAGE,
    FLASH_FAILED = `NOMUL_STATUS_FLASH_FAILED;
  localparam [4:0]
    HEADER_BYTES = `NOMUL_SLOT_HEADER_BYTES, DEVICE_BYTES_AT = `NOMUL_SLOT_HEADER_DEVICE_BYTES_AT,
    TABLE_OFFSET_AT = `NOMUL_SLOT_HEADER_TABLE_OFFSET_AT,
    DEVICE_CRC_AT = `NOMUL_SLOT_HEADER_DEVICE_CRC_AT,
    HEADER_CRC_AT = `NOMUL_SLOT_HEADER_HEADER_CRC_AT,
    CONFIRMED_AT = `NOMUL_SLOT_HEADER_CONFIRMED_AT;
  localparam [31:0] CONFIRMED = `NOMUL_SLOT_CONFIRMED;
  // CRC of any message followed by its own CRC.
  localparam [31:0] RESIDUE = ~32'hb798b438;

  localparam [3:0] RESET_STATE = SLOTS == 32'd0 ? IDLE : WAKE;
  wire reset = reset_i || SLOTS == 32'd0;

  reg [3:0] state_q;
  reg waiting_q; // the state's operation is under way
  reg booting_q;
  reg slot_q; // the slot at work: 1 = B
  reg boot_q; // the slot that boots; B when there is none, so that A is the other one
  reg bootable_q;
  reg [1:0] valid_q; // while booting: slots that may boot
  reg kept_q, stored_q, trial_q;
  reg [15:0] header_sequence_q; // of the header read last by LOAD or to boot
  reg sound_q, confirmed_q; // the header read last is
  wire flash_busy, failed;

  wire has_flash = maker_o != 8'h00 && maker_o != 8'hff;
  wire is_other = slot_q != boot_q;
  // sequence_o is slot A's when B's header has been read to boot; else it belongs to boot_q.
  wire [15:0] ahead = sequence_o - header_sequence_q;
  reg newer_q; // one clock late: nothing asks as soon as one of them has changed
  wire unused = &{1'b0, ahead[14:0]};
  wire confirms = newer_q || !bootable_q; // CONFIRM confirms the other slot; else it revokes

  assign busy_o = state_q != IDLE;
  assign booting_o = booting_q;
  assign flags_o = {2'd0, trial_q, stored_q, kept_q, bootable_q && boot_q, bootable_q, has_flash};
  assign confirmable_o = kept_q || (trial_q && (confirms || confirmed_q));

  // One flash operation a state, but for CHOOSE and VERIFY.
  wire body = state_q == BODY || state_q == ERASE_BODY || state_q == WRITE_BODY;
  wire operates = busy_o && state_q != CHOOSE && state_q != VERIFY;
  wire start = operates && !waiting_q && !(state_q == WRITE_HEADER && sending_i);
  wire done = operates && waiting_q && !flash_busy;
  wire [1:0] operation =
    state_q == WAKE ? IDENTIFY :
    state_q == ERASE_HEADER || state_q == ERASE_BODY ? ERASE :
    state_q == WRITE_BODY || state_q == WRITE_HEADER || state_q == MARK ? PROGRAM : READ;
  // A body is SLOT_BODY behind its header: one sector.
  wire [5:0] sector = index_i[17:12] + 1'b1;
  wire [17:0] place = body ? {sector, index_i[11:8], 8'd0} :
                      state_q == MARK ? {13'd0, CONFIRMED_AT} : 18'd0;
  wire [5:0] slot = FLASH_OFFSET[23:18] + {5'd0, slot_q};

  always @* case (state_q)
    BODY: task_o = FETCH;
    ERASE_HEADER, ERASE_BODY, WRITE_BODY: task_o = KEEP;
    default: task_o = COUNT;
  endcase
  always @* case (state_q)
    WAKE: count_o = 5'd3;
    SIZES: count_o = HEADER_CRC_AT;
    WRITE_HEADER: count_o = CONFIRMED_AT;
    MARK: count_o = 5'd4;
    default: count_o = HEADER_BYTES;
  endcase
  assign stream_start_o = start && state_q != ERASE_BODY && state_q != WRITE_BODY;

  // Bytes to write
  wire [1:0] mark_index = index_i[1:0] - 2'd1;
  wire [7:0] mark_byte = confirms ? CONFIRMED[8*mark_index +: 8] : 8'd0; // SLOT_REVOKED
  wire write_take;
  assign header_start_o = start && state_q == WRITE_HEADER;
  assign header_o = state_q == WRITE_HEADER && waiting_q;
  assign header_take_o = write_take && state_q == WRITE_HEADER;

  flash u_flash (
    .clk_i(clk_i),
    .reset_i(reset),
    .tick_i(tick_i),
    .start_i(start),
    .operation_i(operation),
    .address_i({slot, place}),
    .busy_o(flash_busy),
    .failed_o(failed),
    .more_i(more_i),
    .page_end_i(index_i[7:0] == 8'd0),
    .step_o(step_o),
    .read_o(read_o),
    .byte_o(byte_o),
    .write_byte_i(state_q == MARK ? mark_byte : task_o == KEEP ? memory_byte_i : header_byte_i),
    .write_valid_i(state_q == MARK || (task_o == KEEP ? taken_i : header_valid_i)),
    .write_take_o(write_take),
    .cs_n_o(flash_cs_n_o),
    .sck_o(flash_sck_o),
    .mosi_o(flash_mosi_o),
    .miso_i(flash_miso_i)
  );

  // Bytes read. CHECK_MARK leaves the request and the sequence number alone.
  wire header_step = read_o && (state_q == HEADER || state_q == SIZES);
  wire [2:0] word = index_i[4:2];
  assign argument_shift_o =
    header_step && (word == DEVICE_BYTES_AT[4:2] || word == DEVICE_CRC_AT[4:2]);
  assign operand_shift_o = header_step && word == TABLE_OFFSET_AT[4:2];
  // The sizes are in the registers until the CRC's first byte goes to the argument.
  wire sizes_here = header_step && index_i[4:0] == DEVICE_CRC_AT;
  assign open_o = sizes_here && state_q == SIZES;

  always @(posedge clk_i) begin
    if (read_o && state_q == WAKE) begin
      size_o <= byte_o;
      if (index_i[1:0] == 2'd0) maker_o <= byte_o;
    end
    if (header_step && index_i[4:1] == 4'd0)
      header_sequence_q <= {byte_o, header_sequence_q[15:8]};
    if (sizes_here) sound_q <= sizes_ok_i;
    if (read_o && task_o == COUNT && word == CONFIRMED_AT[4:2]) begin
      if (index_i[1:0] == 2'd0 && crc_i != RESIDUE) sound_q <= 1'b0;
      confirmed_q <= (confirmed_q || index_i[1:0] == 2'd0) &&
                     byte_o == CONFIRMED[8*index_i[1:0] +: 8];
    end
    if (reset) maker_o <= 8'd0;
  end

  assign verify_o = state_q == VERIFY && !waiting_q;

  always @(posedge clk_i) begin
    if (start || verify_o) waiting_q <= 1'b1;
    else if (done || verified_i) waiting_q <= 1'b0;
    if (forget_i) {kept_q, stored_q, trial_q} <= 3'd0;
    newer_q <= ahead[15];

    case (state_q)
      IDLE: if (start_i) begin
        booting_q <= 1'b0;
        status_o <= OK;
        slot_q <= !boot_q;
        case (command_i)
          `NOMUL_CMD_STORE: if (!stored_q && !trial_q) state_q <= ERASE_HEADER;
          `NOMUL_CMD_LOAD: begin
            slot_q <= boot_q ^ (load_i != `NOMUL_LOAD_BOOT);
            loaded_o <= load_i;
            state_q <= HEADER;
          end
          default: if (!kept_q) begin
            slot_q <= boot_q ^ confirms;
            state_q <= MARK;
          end
        endcase
      end
      WAKE: if (done) state_q <= has_flash ? HEADER : IDLE;
      HEADER: if (done) begin
        valid_q[slot_q] <= sound_q && confirmed_q;
        if (!booting_q) begin
          // What is known of the other slot is known no more.
          {stored_q, trial_q} <= 2'd0;
          status_o <= NO_IMAGE;
          state_q <= sound_q && (confirmed_q || loaded_o != `NOMUL_LOAD_PREVIOUS) ? SIZES : IDLE;
        end else if (!slot_q) begin
          sequence_o <= header_sequence_q;
          slot_q <= 1'b1;
        end else state_q <= CHOOSE;
      end
      CHOOSE: begin
        slot_q <= valid_q[1] && (!valid_q[0] || newer_q);
        state_q <= valid_q == 2'd0 ? IDLE : SIZES;
        if (valid_q == 2'd0) sequence_o <= 16'd0;
      end
      SIZES: if (done) state_q <= BODY;
      BODY: if (done) state_q <= VERIFY;
      VERIFY: if (verified_i) begin
        status_o <= equal_i ? OK : BAD_CRC;
        state_q <= booting_q && !equal_i ? CHOOSE : IDLE;
        valid_q[slot_q] <= 1'b0;
        if (equal_i) begin
          kept_q <= booting_q || !is_other;
          trial_q <= !booting_q && is_other;
          if (booting_q) begin
            bootable_q <= 1'b1;
            boot_q <= slot_q;
            sequence_o <= header_sequence_q;
          end
        end
      end
      ERASE_HEADER, WRITE_BODY: if (done) state_q <= more_i ? ERASE_BODY : WRITE_HEADER;
      ERASE_BODY: if (done) state_q <= WRITE_BODY;
      WRITE_HEADER: if (done) begin
        stored_q <= 1'b1;
        state_q <= IDLE;
      end
      MARK: if (done) state_q <= CHECK_MARK;
      default: if (done) begin // CHECK_MARK
        state_q <= IDLE;
        if (confirmed_q != confirms) status_o <= FLASH_FAILED;
        else begin
          {kept_q, stored_q, trial_q} <= 3'b100;
          bootable_q <= 1'b1;
          boot_q <= !boot_q;
          sequence_o <= header_sequence_q;
        end
      end
    endcase
    if (state_q == WRITE_BODY && done && more_i && index_i[11:8] != 4'd0) state_q <= WRITE_BODY;
    if (done && failed) begin
      status_o <= FLASH_FAILED;
      stored_q <= 1'b0;
      state_q <= IDLE;
    end

    if (reset) begin
      state_q <= RESET_STATE;
      waiting_q <= 1'b0;
      booting_q <= 1'b1;
      slot_q <= 1'b0;
      boot_q <= 1'b1;
      bootable_q <= 1'b0;
      {kept_q, stored_q, trial_q} <= 3'd0;
      sequence_o <= 16'd0;
    end
  end
endmodule

`default_nettype wire
