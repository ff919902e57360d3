`default_nettype none
`include "spec.vh"

// Walks the program: reads its header on load_i, runs its first steps on start_i. A step is fetched
// (8 clocks), run by its operator, then written by the output stage. A descriptor that cannot be
// right ends the inference, so that no image can hold the device for longer than 255 steps.
module sequencer #(
  parameter integer LANES = 8, // with 16, operator maddness4 too
  parameter [31:0] OUTPUTS = 32'd1024 // of a step, at most; twice as many with maddness4
) (
  input  wire        clk_i,
  input  wire        reset_i,
  // Link
  input  wire        load_i,
  input  wire        start_i,
  input  wire [7:0]  steps_i, // 0 = all
  output wire        busy_o,
  output wire        running_o, // counts as engine cycles
  // Program header
  output reg  [15:0] step_count_o,
  output reg  [15:0] input_type_o,
  output reg  [9:0]  input_offset_o,
  output reg  [15:0] input_elements_o,
  output reg  [9:0]  output_offset_o,
  output reg  [15:0] output_elements_o,
  // Parameter memory
  output wire        fetch_o, // the address is the sequencer's
  output wire [10:0] parameter_address_o,
  input  wire [31:0] parameter_i,
  // Operator
  output wire        operator_start_o,
  input  wire        operator_done_i,
  // Output stage
  output wire        output_start_o,
  input  wire        output_done_i,
  output wire        output_active_o, // accumulators and table memory are the output stage's
  // Step
  output reg         requantise_o,
  output reg  [9:0]  step_input_o,
  output reg  [9:0]  step_output_o,
  output wire [7:0]  groups_o, // outputs / 8, rounded up: 1..128
  output reg         nibbles_o, // entries have 4 bits
  output reg  [7:0]  codebooks_o,
  output reg  [10:0] parameter_word_o,
  output reg  [13:0] table_word_o,
  output reg  [13:0] record_word_o
);
  localparam [2:0] IDLE = 3'd0, HEADER = 3'd1, FETCH = 3'd2, RUN = 3'd3, OUTPUT = 3'd4;
  localparam [2:0] FETCHED = 3'd7; // words 0..6 of a step carry something
  localparam [15:0] OUTPUTS_MAX = OUTPUTS[15:0];

  reg [2:0] state_q;
  reg [7:0] slot_q; // 32-byte record under way: 0 = program header, n = step n - 1
  reg [7:0] last_q; // the last step's slot
  reg [2:0] word_q;
  reg [2:0] arrived_q; // the word whose data is there now
  reg arriving_q;
  reg [10:0] outputs_q;
  reg bad_q;

  wire [4:0] arrived = {arrived_q, 2'd0};
  wire [15:0] low = parameter_i[15:0];
  wire [15:0] high = parameter_i[31:16];
  wire step_ready = state_q == FETCH && word_q == FETCHED;
  wire step_done = state_q == OUTPUT && output_done_i;

  assign busy_o = state_q != IDLE;
  assign running_o = state_q >= FETCH;
  assign fetch_o = state_q == HEADER || state_q == FETCH;
  assign parameter_address_o = {slot_q, word_q};
  assign operator_start_o = step_ready && !bad_q;
  assign output_start_o = state_q == RUN && operator_done_i;
  assign output_active_o = state_q == OUTPUT;
  assign groups_o = outputs_q[10:3] + {7'd0, outputs_q[2:0] != 3'd0};

  // Program header: offsets name the lower half of the word they lie in.
  always @(posedge clk_i) if (arriving_q && state_q == HEADER) case (arrived)
    `NOMUL_PROGRAM_HEADER_STEP_COUNT_AT: {input_type_o, step_count_o} <= {high, low};
    `NOMUL_PROGRAM_HEADER_INPUT_OFFSET_AT: {input_elements_o, input_offset_o} <= {high, low[9:0]};
    `NOMUL_PROGRAM_HEADER_OUTPUT_OFFSET_AT:
      {output_elements_o, output_offset_o} <= {high, low[9:0]};
    default: ;
  endcase

  // Step descriptor
  always @(posedge clk_i) begin
    if (state_q != FETCH) bad_q <= 1'b0;
    else if (arriving_q) case (arrived)
      `NOMUL_STEP_OPERATOR_AT: begin
        requantise_o <= (high & `NOMUL_STEP_REQUANTISE) != 16'd0;
        nibbles_o <= LANES == 16 && low == `NOMUL_OP_MADDNESS4;
        if (low != `NOMUL_OP_MADDNESS && (LANES == 8 || low != `NOMUL_OP_MADDNESS4)) bad_q <= 1'b1;
      end
      `NOMUL_STEP_INPUT_OFFSET_AT: step_input_o <= low[9:0];
      `NOMUL_STEP_OUTPUT_OFFSET_AT: begin
        step_output_o <= low[9:0];
        outputs_q <= high[10:0];
        if (high == 16'd0 || high > (nibbles_o ? 2 * OUTPUTS_MAX : OUTPUTS_MAX)) bad_q <= 1'b1;
      end
      `NOMUL_STEP_CODEBOOKS_AT: begin
        codebooks_o <= low[7:0];
        if (low == 16'd0 || low[15:8] != 8'd0) bad_q <= 1'b1;
      end
      `NOMUL_STEP_PARAMETER_OFFSET_AT: parameter_word_o <= parameter_i[12:2];
      `NOMUL_STEP_TABLE_OFFSET_AT: table_word_o <= parameter_i[16:3];
      `NOMUL_STEP_OUTPUT_STAGE_OFFSET_AT: record_word_o <= parameter_i[16:3];
      default: ;
    endcase
  end

  always @(posedge clk_i) begin
    arrived_q <= word_q;
    arriving_q <= fetch_o;
    word_q <= fetch_o ? word_q + 1'b1 : 3'd0;
    if (reset_i) begin
      state_q <= IDLE;
      arriving_q <= 1'b0;
    end else case (state_q)
      IDLE: if (load_i) begin
        state_q <= HEADER;
        slot_q <= 8'd0;
      end else if (start_i && step_count_o != 16'd0 && step_count_o[15:8] == 8'd0) begin
        state_q <= FETCH;
        slot_q <= 8'd1;
        last_q <= steps_i == 8'd0 ? step_count_o[7:0] : steps_i;
      end
      HEADER: if (word_q == FETCHED) state_q <= IDLE;
      FETCH: if (word_q == FETCHED) state_q <= bad_q ? IDLE : RUN;
      RUN: if (operator_done_i) state_q <= OUTPUT;
      default: if (step_done) begin
        state_q <= slot_q == last_q ? IDLE : FETCH;
        slot_q <= slot_q + 1'b1;
      end
    endcase
  end
endmodule

`default_nettype wire
