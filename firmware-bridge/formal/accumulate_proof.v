`default_nettype none

// After every row, a group's accumulators are the sums of the entries that the rows since start_i
// have for it. Holds for the group followed, which may be any one. A row's entries for it are chosen
// freely when the row is taken; the accumulators are those that accumulator_memory_proof allows.
//
// Taken for granted: table memory answers one clock after its address; groups_i is held while rows
// come; rows come seven clocks apart or more (encoder_proof: clock_q); a step's first row comes one
// clock or more after start_i, which comes when no row is under way.
module accumulate_proof (
  input  wire         clk_i,
  input  wire         reset_i,
  input  wire         start_i,
  input  wire [7:0]   groups_i, // sampled with start_i
  input  wire [6:0]   group_i, // sampled with start_i: the one followed
  input  wire [13:0]  row_i,
  input  wire         row_valid_i,
  input  wire [63:0]  entries_i, // sampled with a row: table word row_i + group
  // What memories return for everything else
  input  wire [63:0]  other_entries_i,
  input  wire [127:0] other_lanes_i,
  output wire         reached_o
);
  reg [7:0] groups_q;
  reg [6:0] group_q;
  wire row_take, write, idle;
  wire [13:0] table_address;
  wire [7:0] read_address;
  wire [6:0] write_group;
  wire [127:0] lanes;

  // The row under way
  reg begun_q = 1'b0;
  reg started_q;
  reg fresh_q; // the next row is a step's first
  reg first_q;
  reg [7:0] clock_q; // group addressed, plus 1; 0: no row under way
  reg [13:0] row_q;
  reg [63:0] entries_q;
  reg [2:0] rest_q; // clocks since the last row, up to 7
  wire [7:0] due = {1'b0, group_q} + 8'd1;

  // Table memory and accumulator memory
  reg table_hit_q, zero_hit_q, group_hit_q;
  reg [63:0] table_word_q;
  reg [127:0] acc_q, acc_read_q;
  wire [63:0] table_word = table_hit_q ? table_word_q : other_entries_i;
  wire [127:0] acc_read = zero_hit_q ? 128'd0 : group_hit_q ? acc_read_q : other_lanes_i;

  // The sums by the definition, brought up to date in the clock in which a row reaches the group
  reg due_q, due_first_q;
  reg [63:0] due_entries_q;
  reg [127:0] sum_q;
  reg known_q; // a first row has reached the group
  wire [127:0] next_sum;

  accumulate_definition definition (
    .acc_i(due_first_q ? 128'd0 : sum_q), .entries_i(due_entries_q), .acc_o(next_sum)
  );

  accumulate dut (
    .clk_i(clk_i), .reset_i(reset_i), .start_i(start_i), .groups_i(groups_q), .row_i(row_i),
    .row_valid_i(row_valid_i), .row_take_o(row_take), .table_address_o(table_address),
    .table_i(table_word), .read_address_o(read_address), .lanes_i(acc_read), .write_o(write),
    .write_group_o(write_group), .lanes_o(lanes), .idle_o(idle)
  );

  always @(posedge clk_i) begin
    table_hit_q <= clock_q != 8'd0 && table_address == row_q + {7'd0, group_q};
    table_word_q <= entries_q;
    zero_hit_q <= read_address[7];
    group_hit_q <= read_address[6:0] == group_q;
    acc_read_q <= acc_q;
    if (write && write_group == group_q) acc_q <= lanes;

    due_q <= clock_q == due;
    due_first_q <= first_q;
    due_entries_q <= entries_q;
    if (due_q) sum_q <= next_sum;

    if (start_i) {groups_q, group_q} <= {groups_i, group_i};
    if (row_take) {row_q, entries_q, first_q} <= {row_i, entries_i, fresh_q};
    if (start_i) fresh_q <= 1'b1;
    else if (row_take) fresh_q <= 1'b0;

    if (reset_i) begin
      begun_q <= 1'b1;
      started_q <= 1'b0;
      clock_q <= 8'd0;
      rest_q <= 3'd7;
      due_q <= 1'b0;
      known_q <= 1'b0;
    end else begin
      clock_q <= row_take ? 8'd1 : clock_q == groups_q || clock_q == 8'd0 ? 8'd0 : clock_q + 8'd1;
      rest_q <= row_take ? 3'd1 : rest_q == 3'd7 ? 3'd7 : rest_q + 3'd1;
      if (start_i) started_q <= 1'b1;
      if (start_i) known_q <= 1'b0;
      else if (due_q && due_first_q) known_q <= 1'b1;
    end
  end

  always @* begin
    assume (begun_q || reset_i);
    assume (!start_i || (clock_q == 8'd0 && !due_q && !row_valid_i && !reset_i));
    assume (groups_i >= 8'd1 && groups_i <= 8'd128 && {1'b0, group_i} < groups_i);
    assume (!row_valid_i || (started_q && rest_q == 3'd7 && !reset_i));
  end

  wire dut_fresh; // connected by the prover

  always @* if (begun_q) begin
    // For the induction
    if (started_q) begin
      assert (dut_fresh == fresh_q);
      assert ({1'b0, group_q} < groups_q && groups_q <= 8'd128);
    end else assert (clock_q == 8'd0 && !due_q);
    if (clock_q != 8'd0) begin
      assert (clock_q <= groups_q);
      assert (table_address == row_q + {6'd0, clock_q} - 14'd1);
      assert (read_address == {first_q, clock_q[6:0] - 7'd1});
    end

    assert (idle == (clock_q == 8'd0));
    assert (row_take == (row_valid_i && (clock_q == 8'd0 || clock_q == groups_q)));
    assert (due_q == (write && write_group == group_q));
    if (known_q) assert (acc_q == sum_q);
  end

  // Two rows of different entries in one group of a step that has three
  assign reached_o = begun_q && known_q && !due_first_q && due_q && groups_q == 8'd3 &&
    acc_q[15:0] == 16'hff80 && next_sum[15:0] == 16'hffff;
endmodule

`default_nettype wire
