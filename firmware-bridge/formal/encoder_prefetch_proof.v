`default_nettype none
`include "spec.vh"

// Clock by clock: encoder_prefetch gives, for each codebook of a step, the address of the row that the
// definition's code chooses: base + code * groups; begins a codebook in the clock in which the row before
// is handed over, and keeps a row until there is room for it. Every codebook's record is chosen freely when
// its split dimensions begin to be fetched, its activations when its tree is begun.
//
// Taken for granted: memories answer one clock after their address and do not change while a
// codebook is fetched or walked; what describes the step is held; a step starts when the one before is done.
module encoder_prefetch_proof (
  input  wire         clk_i,
  input  wire         reset_i,
  input  wire         start_i,
  // Sampled with start_i
  input  wire [10:0]  parameter_word_i,
  input  wire [13:0]  table_word_i,
  input  wire [7:0]   codebooks_i,
  input  wire [7:0]   groups_i,
  input  wire [9:0]   input_element_i,
  // Sampled when a codebook is next
  input  wire [319:0] record_i, // u16 [4] dims, i16 [15] thresholds, padding
  // Sampled when it begins
  input  wire [63:0]  activations_i, // of the four dims, as far as they differ
  // What memories return for everything else
  input  wire [31:0]  other_parameter_i,
  input  wire [31:0]  other_dims_i,
  input  wire [15:0]  other_activation_i,
  input  wire         row_take_i,
  output wire         reached_o
);
  localparam [10:0] RECORD_WORDS = `NOMUL_ENCODER_BYTES / 4;
  localparam [2:0] NONE = 3'd0, LAST = 3'd4, WAIT = 3'd5; // 1..4: levels are compared

  reg [7:0] groups_q;
  reg [9:0] input_element_q;

  wire [10:0] low_address, high_address, dims_address;
  wire [9:0] activation_address;
  wire [13:0] row;
  wire row_valid, done;

  // The step as the definition has it
  reg begun_q = 1'b0;
  reg [7:0] left_q; // codebooks not begun
  reg [2:0] clock_q; // of the codebook under way
  reg [319:0] record_q, next_record_q;
  reg [63:0] activations_q;
  reg [10:0] at_q, next_at_q; // where these records are
  reg [13:0] base_q, next_base_q;
  reg [1:0] fetch_q;
  reg fetched_q;
  reg row_valid_q;
  reg [13:0] row_q;
  wire walking = clock_q != NONE;
  wire walked = clock_q == LAST || clock_q == WAIT;
  wire free = !row_valid_q || row_take_i;
  wire finish = walked && free;
  wire go = (!walking || finish) && fetched_q && left_q != 8'd0;

  // Parameter memory, halves apart, and the second one's words
  reg [10:0] low_q, high_q, dims_q;
  wire low_hit = walking && low_q < RECORD_WORDS;
  wire high_hit = walking && high_q < RECORD_WORDS;
  wire [31:0] parameter_data = {
    high_hit ? record_q[32*high_q[3:0] + 16 +: 16] : other_parameter_i[31:16],
    low_hit ? record_q[32*low_q[3:0] +: 16] : other_parameter_i[15:0]
  };
  wire dims_hit = fetch_q[1] && dims_q < 11'd2;
  wire [31:0] dims_data = dims_hit ? next_record_q[32*dims_q[0] +: 32] : other_dims_i;

  reg [9:0] dim_q;
  wire [15:0] activation;
  wire [3:0] code;
  encoder_activations activations (
    .record_i(record_q), .activations_i(activations_q), .dim_i(dim_q),
    .other_i(other_activation_i), .activation_o(activation), .code_o(code)
  );
  wire [13:0] chosen = base_q + code * groups_q;

  encoder_prefetch dut (
    .clk_i(clk_i), .reset_i(reset_i), .start_i(start_i), .parameter_word_i(parameter_word_i),
    .table_word_i(table_word_i), .codebooks_i(codebooks_i), .groups_i(groups_q),
    .input_element_i(input_element_q), .low_address_o(low_address),
    .high_address_o(high_address), .parameter_i(parameter_data), .dims_address_o(dims_address),
    .dims_i(dims_data), .activation_address_o(activation_address), .activation_i(activation),
    .row_o(row), .row_valid_o(row_valid), .row_take_i(row_take_i), .done_o(done)
  );

  always @(posedge clk_i) begin
    low_q <= low_address - (go ? next_at_q : at_q);
    high_q <= high_address - (go ? next_at_q : at_q);
    dims_q <= dims_address - next_at_q;
    dim_q <= activation_address - input_element_q;

    if (start_i) begin
      {groups_q, input_element_q} <= {groups_i, input_element_i};
      {next_at_q, next_base_q} <= {parameter_word_i, table_word_i};
    end
    if (start_i || go) next_record_q <= record_i;
    if (go) begin
      {record_q, activations_q} <= {next_record_q, activations_i};
      {at_q, base_q} <= {next_at_q, next_base_q};
      next_at_q <= next_at_q + RECORD_WORDS;
      next_base_q <= next_base_q + {2'd0, groups_q, 4'd0};
    end
    if (finish) row_q <= chosen;

    if (reset_i) begin
      begun_q <= 1'b1;
      left_q <= 8'd0;
      clock_q <= NONE;
      {fetch_q, fetched_q} <= 3'd0;
      row_valid_q <= 1'b0;
    end else begin
      if (start_i) left_q <= codebooks_i;
      else if (go) left_q <= left_q - 8'd1;
      if (go) clock_q <= 3'd1;
      else if (finish) clock_q <= NONE;
      else if (walking && clock_q != WAIT) clock_q <= clock_q + 3'd1;
      if (start_i || go) {fetch_q, fetched_q} <= 3'b010;
      else if (fetch_q != 2'd0) {fetch_q, fetched_q} <= {fetch_q + 2'd1, fetch_q == 2'd3};
      if (finish) row_valid_q <= 1'b1;
      else if (row_take_i) row_valid_q <= 1'b0;
    end
  end

  always @* begin
    assume (begun_q || reset_i);
    assume (!start_i || (left_q == 8'd0 && !walking && !row_valid_q && !reset_i));
    assume (!row_take_i || row_valid_q);
  end

  // Registers of the module that its outputs do not show, connected by the prover
  wire [1:0] dut_phase, dut_fetch;
  wire [7:0] dut_left;
  wire [10:0] dut_next_record;
  wire [13:0] dut_base, dut_row;
  wire [9:0] dut_dim0, dut_dim1, dut_dim2, dut_dim3;
  wire dut_under_way, dut_fetched;

  always @* if (begun_q) begin
    // Of the harness itself, for the induction
    assert (clock_q <= WAIT && !(fetched_q && fetch_q != 2'd0));
    assert (left_q == 8'd0 || fetched_q || fetch_q != 2'd0);

    assert (dut_phase == (walked ? 2'd0 : clock_q[1:0]) && dut_under_way == walking);
    assert (dut_left == left_q && dut_fetch == fetch_q && dut_fetched == fetched_q);
    if (left_q != 8'd0) assert (dut_base == next_base_q && dut_next_record == next_at_q);
    if (fetched_q && left_q != 8'd0)
      assert ({dut_dim3, dut_dim2, dut_dim1, dut_dim0} == {
        next_record_q[57:48], next_record_q[41:32], next_record_q[25:16], next_record_q[9:0]
      });
    if (clock_q == WAIT) assert (dut_row == chosen);

    assert (done == (left_q == 8'd0 && !walking && !row_valid_q));
    assert (row_valid == row_valid_q);
    if (row_valid_q) assert (row == row_q);
  end

  // The second codebook's row
  reg second_q = 1'b0;
  always @(posedge clk_i) if (row_take_i) second_q <= 1'b1;
  assign reached_o = begun_q && second_q && row_valid && done == 1'b0 && left_q == 8'd0 && row != 14'd0;
endmodule

`default_nettype wire
