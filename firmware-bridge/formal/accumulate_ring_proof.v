`default_nettype none

// A ring of four rows, as the boards have it. When a row of sums is in front after the rows of a step,
// each holds the sum of the entries that the rows of the table since start_i have for it. Holds for the
// sum followed, which may be any one. The words with its entry are chosen freely when a row of the table
// is taken.
//
// Taken for granted: table memory answers one clock after its address; nibbles_i is held from start_i
// on; start_i comes when no row is under way or offered, turn_i one clock after idle_o or later, with no
// row after it until start_i.
module accumulate_ring_proof (
  input  wire         clk_i,
  input  wire         reset_i,
  input  wire         start_i,
  input  wire         nibbles_i, // sampled with start_i
  input  wire [1:0]   followed_i, // sampled with start_i: the row of sums
  input  wire [4:0]   lane_i, // sampled with start_i: the sum in it, one of 16 or 32
  input  wire [13:0]  row_i,
  input  wire         row_valid_i,
  input  wire [127:0] words_i, // sampled with a row: table words row_i + 2 × followed and the next
  input  wire [127:0] other_words_i, // what table memory returns for everything else
  input  wire         turn_i,
  output wire         reached_o
);
  reg nibbles_q;
  reg [1:0] followed_q;
  reg [4:0] lane_q;
  wire row_take, idle;
  wire [13:0] table_address;
  wire [511:0] lanes;

  // The row of the table under way
  reg begun_q = 1'b0;
  reg started_q;
  reg [2:0] clock_q; // row of sums whose words are addressed, plus 1; 0: none
  reg [2:0] written_q; // the same one clock later
  reg [13:0] row_q;
  reg [127:0] words_q;
  reg [1:0] turns_q; // since start_i, modulo 4
  reg turned_q; // by turn_i
  reg lost_q; // the row followed was in front and turned away

  // Table memory
  reg hit_q;
  reg [127:0] hit_words_q;
  wire [127:0] table_words = hit_q ? hit_words_q : other_words_i;

  // The sum by the definition, brought up to date when the words have arrived
  reg [15:0] sum_q;
  wire [15:0] next_sum;
  wire [2:0] followed = {1'b0, followed_q} + 3'd1;
  wire due = written_q == followed;

  accumulate_ring_definition definition (
    .acc_i(sum_q), .words_i(hit_words_q), .nibbles_i(nibbles_q), .lane_i(lane_q), .acc_o(next_sum)
  );

  accumulate_ring #(.ROWS(4)) dut (
    .clk_i(clk_i), .reset_i(reset_i), .start_i(start_i), .nibbles_i(nibbles_q), .row_i(row_i),
    .row_valid_i(row_valid_i), .row_take_o(row_take), .table_address_o(table_address),
    .table_i(table_words), .turn_i(turn_i), .lanes_o(lanes), .idle_o(idle)
  );

  always @(posedge clk_i) begin
    hit_q <= clock_q != 3'd0 && table_address == row_q + {11'd0, followed_q, 1'b0};
    hit_words_q <= words_q;

    if (start_i) {nibbles_q, followed_q, lane_q} <= {nibbles_i, followed_i, lane_i};
    if (row_take) {row_q, words_q} <= {row_i, words_i};

    if (start_i) sum_q <= 16'd0;
    else if (due) sum_q <= next_sum;
    if (start_i) turns_q <= 2'd0;
    else if (written_q != 3'd0 || turn_i) turns_q <= turns_q + 2'd1;
    if (start_i) turned_q <= 1'b0;
    else if (turn_i) turned_q <= 1'b1;
    if (start_i) lost_q <= 1'b0;
    else if (turn_i && turns_q == followed_q) lost_q <= 1'b1;

    if (reset_i) begin
      begun_q <= 1'b1;
      started_q <= 1'b0;
      clock_q <= 3'd0;
      written_q <= 3'd0;
    end else begin
      clock_q <= row_take ? 3'd1 : clock_q == 3'd0 || clock_q == 3'd4 ? 3'd0 : clock_q + 3'd1;
      written_q <= clock_q;
      if (start_i) started_q <= 1'b1;
    end
  end

  always @* begin
    assume (begun_q || reset_i);
    assume (!start_i || (clock_q == 3'd0 && written_q == 3'd0 && !row_valid_i && !reset_i));
    assume (!row_valid_i || (started_q && !turned_q && !turn_i && !reset_i));
    assume (!turn_i || (clock_q == 3'd0 && written_q == 3'd0));
    assume (nibbles_i || !lane_i[4]);
  end

  // Connected by the prover
  wire [2047:0] dut_ring;
  wire [1:0] dut_index;
  wire dut_write;
  wire [1:0] place = followed_q - turns_q;
  wire [15:0] placed = dut_ring >> {place, lane_q, 4'd0};
  wire [15:0] front = lanes >> {lane_q, 4'd0};

  always @* if (begun_q) begin
    // For the induction
    if (!started_q) assert (clock_q == 3'd0 && written_q == 3'd0);
    else begin
      assert (nibbles_q || !lane_q[4]);
      assert (clock_q <= 3'd4 && written_q <= 3'd4);
      if (written_q[1:0] == 2'd0) assert (clock_q <= 3'd1);
      else assert (clock_q == written_q + 3'd1);
      if (written_q != 3'd0 || clock_q != 3'd0) assert (!turned_q);
      if (!turned_q) assert (!lost_q && turns_q == (written_q == 3'd0 ? 2'd0 : written_q[1:0] - 2'd1));
      if (!lost_q) assert (placed == sum_q);
    end
    assert (dut_write == (written_q != 3'd0));
    if (written_q != 3'd0) assert (hit_q == due);
    if (clock_q != 3'd0) begin
      assert (dut_index == clock_q[1:0] - 2'd1);
      assert (table_address == row_q + {10'd0, clock_q, 1'b0} - 14'd2);
    end

    assert (idle == (clock_q == 3'd0));
    assert (row_take == (row_valid_i && (clock_q == 3'd0 || clock_q == 3'd4)));
    if (started_q && !lost_q && turns_q == followed_q) assert (front == sum_q);
  end

  // One row of the table, then the third row of sums brought to the front
  assign reached_o = begun_q && started_q && nibbles_q && turned_q && !lost_q && turns_q == 2'd2 &&
    followed_q == 2'd2 && lane_q == 5'd31 && front == 16'hfff8;
endmodule

`default_nettype wire
