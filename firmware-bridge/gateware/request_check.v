`default_nettype none
`include "spec.vh"

// Says whether a request may be executed. The order of the checks is part of the protocol's
// answers: command, length of data, state of the slot, range. INFER's length depends on the image,
// so there the state comes first.
module request_check #(
  parameter [31:0] TABLE_BYTES = 32'd131072,
  parameter [31:0] PARAMETER_BYTES = 32'd6144,
  parameter [31:0] ARENA_ELEMENTS = 32'd1024
) (
  input  wire        clk_i,
  // Request: held for three clocks before status_o is used
  input  wire [7:0]  kind_i,
  input  wire [10:0] length_i,
  input  wire [31:0] argument_i,
  input  wire [31:0] operand_i,
  // Slot
  input  wire        fixed_i, // no other image can be opened
  input  wire [1:0]  slot_state_i,
  input  wire [17:0] device_bytes_i,
  input  wire [31:0] device_crc_i,
  // Slots in flash
  input  wire [7:0]  slot_flags_i,
  input  wire        confirmable_i,
  output wire        sizes_ok_o, // argument and operand are sizes that BEGIN accepts
  // Program header
  input  wire [15:0] step_count_i,
  input  wire [15:0] input_type_i,
  input  wire [15:0] input_elements_i,
  input  wire [15:0] output_elements_i,
  // Answer
  output reg  [3:0]  status_o
);
  localparam [3:0]
    OK = `NOMUL_STATUS_OK, BAD_COMMAND = `NOMUL_STATUS_BAD_COMMAND,
    BAD_LENGTH = `NOMUL_STATUS_BAD_LENGTH, OUT_OF_RANGE = `NOMUL_STATUS_OUT_OF_RANGE,
    TOO_LARGE = `NOMUL_STATUS_TOO_LARGE, NOT_OPEN = `NOMUL_STATUS_NOT_OPEN,
    NO_IMAGE = `NOMUL_STATUS_NO_IMAGE, NO_FLASH = `NOMUL_STATUS_NO_FLASH;
  localparam integer OUTPUTS_IN_REPLY = (`NOMUL_LINK_DATA_MAX - 4) / 2;
  localparam [15:0] OUTPUTS_MAX = OUTPUTS_IN_REPLY[15:0];
  localparam integer TRACE_IN_REPLY = `NOMUL_LINK_DATA_MAX / 2;
  localparam [17:0] TRACE_MAX = TRACE_IN_REPLY[17:0];

  wire open = slot_state_i == `NOMUL_SLOT_OPEN;
  wire committed = slot_state_i == `NOMUL_SLOT_COMMITTED;

  wire aligned = argument_i[2:0] == 3'd0 && operand_i[2:0] == 3'd0;
  wire offset_fits = operand_i[17:0] <= PARAMETER_BYTES[17:0];

  // An argument is a small number, or it is refused.
  wire argument_below_2_18 = argument_i[31:18] == 14'd0;
  wire argument_below_2_12 = argument_below_2_18 && argument_i[17:12] == 6'd0;
  wire argument_below_4 = argument_below_2_12 && argument_i[11:2] == 10'd0;
  wire operand_below_2_18 = operand_i[31:18] == 14'd0;

  // One adder and one comparison for every range: argument - operand <= TABLE_BYTES (BEGIN, LOAD),
  // argument + count <= arena (TRACE), argument + count <= device bytes. Nothing exists above
  // 18 bits.
  wire begins = kind_i[4:0] == `NOMUL_CMD_BEGIN || kind_i[4:0] == `NOMUL_CMD_LOAD;
  wire traces = kind_i[4:0] == `NOMUL_CMD_TRACE;
  wire copies = kind_i[4:0] == `NOMUL_CMD_DATA;
  wire [17:0] span = copies ? {7'd0, length_i} : operand_i[17:0] ^ {18{begins}};
  wire [18:0] sum = {1'b0, argument_i[17:0]} + {1'b0, span} + {18'd0, begins};
  wire [17:0] limit = begins ? TABLE_BYTES[17:0] : traces ? ARENA_ELEMENTS[17:0] : device_bytes_i;
  reg [18:0] sum_q;
  reg in_range_q;
  always @(posedge clk_i) begin
    sum_q <= sum;
    in_range_q <= argument_below_2_18 && (copies || operand_below_2_18) && sum_q[18] == begins &&
                  sum_q[17:0] <= limit;
  end

  wire fits = offset_fits && in_range_q;
  assign sizes_ok_o = aligned && fits;

  wire has_flash = (slot_flags_i & `NOMUL_SLOTS_FLASH) != 8'd0;
  wire bootable = (slot_flags_i & `NOMUL_SLOTS_BOOTABLE) != 8'd0;
  wire names_image = committed && argument_i == device_crc_i;
  wire baud_ok = argument_below_2_12 && !argument_below_4; // BAUD_CLOCKS_MIN..MAX

  wire [16:0] input_bytes = input_type_i == `NOMUL_INPUT_I16 ? {input_elements_i, 1'b0}
                                                              : {1'b0, input_elements_i};
  wire steps_exist =
    argument_below_2_18 && argument_i[17:16] == 2'd0 && argument_i[15:0] <= step_count_i;

  wire no_data = length_i == 11'd0;
  wire one_word = length_i == 11'd4;
  wire too_many = operand_i[17:0] > TRACE_MAX; // bits above are in_range_q's
  wire operand_zero = operand_below_2_18 && operand_i[17:0] == 18'd0;
  wire argument_zero = argument_below_4 && argument_i[1:0] == 2'd0;

  always @* begin
    status_o = OK;
    if (kind_i[7:5] != `NOMUL_LINK_VERSION) status_o = BAD_COMMAND;
    else case (kind_i[4:0])
      `NOMUL_CMD_HELLO, `NOMUL_CMD_STATUS, `NOMUL_CMD_RESET: if (!no_data) status_o = BAD_LENGTH;
      `NOMUL_CMD_BEGIN: begin
        if (!one_word) status_o = BAD_LENGTH;
        else if (!aligned) status_o = OUT_OF_RANGE;
        else if (fixed_i || !fits) status_o = TOO_LARGE;
      end
      `NOMUL_CMD_DATA: begin
        if (no_data) status_o = BAD_LENGTH;
        else if (!open) status_o = NOT_OPEN;
        else if (!in_range_q) status_o = OUT_OF_RANGE;
      end
      `NOMUL_CMD_DIGEST: begin
        if (!one_word) status_o = BAD_LENGTH;
        else if (!open && !committed) status_o = NOT_OPEN;
        else if (operand_zero || !in_range_q) status_o = OUT_OF_RANGE;
      end
      `NOMUL_CMD_COMMIT: begin
        if (!no_data) status_o = BAD_LENGTH;
        else if (!open && !names_image) status_o = NOT_OPEN;
      end
      `NOMUL_CMD_INFER: begin
        if (!committed) status_o = NO_IMAGE;
        else if ({6'd0, length_i} != input_bytes) status_o = BAD_LENGTH;
        else if (!steps_exist || output_elements_i > OUTPUTS_MAX) status_o = OUT_OF_RANGE;
      end
      `NOMUL_CMD_TRACE: begin
        if (!one_word) status_o = BAD_LENGTH;
        else if (!committed) status_o = NO_IMAGE;
        else if (operand_zero || too_many || !in_range_q) status_o = OUT_OF_RANGE;
      end
      `NOMUL_CMD_SELFTEST: begin
        if (!one_word) status_o = BAD_LENGTH;
        else if (!committed) status_o = NO_IMAGE;
        else if (operand_zero || argument_zero) status_o = OUT_OF_RANGE;
      end
      `NOMUL_CMD_BAUD: begin
        if (!no_data) status_o = BAD_LENGTH;
        else if (!baud_ok) status_o = OUT_OF_RANGE;
      end
      `NOMUL_CMD_STORE: begin
        if (!no_data) status_o = BAD_LENGTH;
        else if (!has_flash) status_o = NO_FLASH;
        else if (!names_image) status_o = NO_IMAGE;
      end
      `NOMUL_CMD_LOAD: begin
        if (!no_data) status_o = BAD_LENGTH;
        else if (!has_flash) status_o = NO_FLASH;
        else if (!argument_below_4 || argument_i[1:0] == 2'd3) status_o = OUT_OF_RANGE;
        else if (argument_i[0] == `NOMUL_LOAD_BOOT && !bootable) status_o = NO_IMAGE; // PREVIOUS, too
      end
      `NOMUL_CMD_CONFIRM: begin
        if (!no_data) status_o = BAD_LENGTH;
        else if (!has_flash) status_o = NO_FLASH;
        else if (!(names_image && confirmable_i)) status_o = NO_IMAGE;
      end
      default: status_o = BAD_COMMAND;
    endcase
  end
endmodule

`default_nettype wire
