`default_nettype none
`include "spec.vh"

// Clock by clock: encoder gives, for each codebook of a step, the address of the row that the
// definition's code chooses: base + code * groups. Every codebook's record and activations are
// chosen freely when it begins.
//
// Taken for granted: memories answer one clock after their address and do not change while a
// codebook is walked; what describes the step is held; a step starts when the one before is done.
module encoder_proof (
  input  wire         clk_i,
  input  wire         reset_i,
  input  wire         start_i,
  // Sampled with start_i
  input  wire [10:0]  parameter_word_i,
  input  wire [13:0]  table_word_i,
  input  wire [7:0]   codebooks_i,
  input  wire [7:0]   groups_i,
  input  wire [9:0]   input_element_i,
  // Sampled when a codebook begins
  input  wire [319:0] record_i, // u16 [4] dims, i16 [15] thresholds, padding
  input  wire [63:0]  activations_i, // of the four dims, as far as they differ
  // What memories return for everything else
  input  wire [31:0]  other_parameter_i,
  input  wire [15:0]  other_activation_i,
  input  wire         row_take_i,
  output wire         reached_o
);
  localparam [10:0] RECORD_WORDS = `NOMUL_ENCODER_BYTES / 4;

  reg [7:0] groups_q;
  reg [9:0] input_element_q;
  reg [319:0] record_q;
  reg [63:0] activations_q;

  wire [10:0] low_address, high_address;
  wire [9:0] activation_address;
  wire [13:0] row;
  wire row_valid, done;

  // The step as the definition has it
  reg begun_q = 1'b0;
  reg [7:0] left_q; // codebooks to come, with the one under way
  reg [10:0] at_q; // the next codebook's record, or that of the one under way
  reg [13:0] base_q, next_base_q;
  reg [2:0] clock_q; // 0: none under way
  reg row_valid_q;
  reg [13:0] row_q;
  wire go = clock_q == 3'd0 && left_q != 8'd0 && (!row_valid_q || row_take_i);

  // Parameter memory, halves apart
  reg [10:0] low_q, high_q;
  wire walking = clock_q != 3'd0;
  wire low_hit = walking && low_q < RECORD_WORDS;
  wire high_hit = walking && high_q < RECORD_WORDS;
  wire [31:0] parameter_data = {
    high_hit ? record_q[32*high_q[3:0] + 16 +: 16] : other_parameter_i[31:16],
    low_hit ? record_q[32*low_q[3:0] +: 16] : other_parameter_i[15:0]
  };

  reg [9:0] dim_q;
  wire [15:0] activation;
  wire [3:0] code;
  encoder_activations activations (
    .record_i(record_q), .activations_i(activations_q), .dim_i(dim_q),
    .other_i(other_activation_i), .activation_o(activation), .code_o(code)
  );

  encoder dut (
    .clk_i(clk_i), .reset_i(reset_i), .start_i(start_i), .parameter_word_i(parameter_word_i),
    .table_word_i(table_word_i), .codebooks_i(codebooks_i), .groups_i(groups_q),
    .input_element_i(input_element_q), .low_address_o(low_address),
    .high_address_o(high_address), .parameter_i(parameter_data),
    .activation_address_o(activation_address), .activation_i(activation), .row_o(row),
    .row_valid_o(row_valid), .row_take_i(row_take_i), .done_o(done)
  );

  always @(posedge clk_i) begin
    low_q <= low_address - at_q;
    high_q <= high_address - at_q;
    dim_q <= activation_address - input_element_q;

    if (start_i) begin
      {groups_q, input_element_q} <= {groups_i, input_element_i};
      {at_q, next_base_q} <= {parameter_word_i, table_word_i};
    end
    if (go) begin
      {record_q, activations_q} <= {record_i, activations_i};
      base_q <= next_base_q;
      next_base_q <= next_base_q + {2'd0, groups_q, 4'd0};
    end
    if (clock_q == 3'd6) begin
      at_q <= at_q + RECORD_WORDS;
      row_q <= base_q + code * groups_q;
    end
    if (reset_i) begin
      begun_q <= 1'b1;
      left_q <= 8'd0;
      clock_q <= 3'd0;
      row_valid_q <= 1'b0;
    end else begin
      if (start_i) left_q <= codebooks_i;
      else if (clock_q == 3'd6) left_q <= left_q - 8'd1;
      clock_q <= go ? 3'd1 : clock_q == 3'd6 || clock_q == 3'd0 ? 3'd0 : clock_q + 3'd1;
      if (clock_q == 3'd6) row_valid_q <= 1'b1;
      else if (row_take_i) row_valid_q <= 1'b0;
    end
  end

  always @* begin
    assume (begun_q || reset_i);
    assume (!start_i || (left_q == 8'd0 && !row_valid_q && !reset_i));
    assume (!row_take_i || row_valid_q);
  end

  // Registers of the module that its outputs do not show, connected by the prover
  wire [2:0] dut_phase;
  wire [7:0] dut_left;
  wire [13:0] dut_base;

  always @* if (begun_q) begin
    // Of the harness itself, for the induction
    assert (clock_q <= 3'd6 && (clock_q == 3'd0 || (left_q != 8'd0 && !row_valid_q)));

    assert (dut_phase == clock_q && dut_left == left_q);
    if (left_q != 8'd0) assert (dut_base == next_base_q);
    if (clock_q == 3'd0 && left_q != 8'd0) assert (low_address == at_q && high_address == at_q);

    assert (done == (left_q == 8'd0 && !row_valid_q));
    assert (row_valid == row_valid_q);
    if (row_valid_q) assert (row == row_q);
  end

  // The second codebook's row
  reg second_q = 1'b0;
  always @(posedge clk_i) if (row_take_i) second_q <= 1'b1;
  assign reached_o = begun_q && second_q && row_valid && left_q == 8'd0 && row != 14'd0;
endmodule

`default_nettype wire
