`default_nettype none

// Clock by clock from start_i to the last write: which words output_stage reads, which elements it
// writes, and what. Data are followed for one element of the step, which may be any one.
//
// Taken for granted: memories answer one clock after their address and do not change during a step;
// what describes the step is held; 1 to 128 groups; a step starts when the one before has been over
// for four clocks (between two of them the sequencer fetches a descriptor and runs an operator).
module output_stage_proof (
  input  wire         clk_i,
  input  wire         reset_i,
  input  wire         start_i,
  // Sampled with start_i
  input  wire         requantise_i,
  input  wire [7:0]   groups_i,
  input  wire [13:0]  record_word_i,
  input  wire [9:0]   output_element_i,
  input  wire [9:0]   index_i, // the element followed: its accumulator and record
  input  wire [15:0]  acc_i,
  input  wire [31:0]  bias_i,
  input  wire [4:0]   shift_i,
  // What memories return for everything else
  input  wire [36:0]  other_record_i,
  input  wire [127:0] other_lanes_i,
  output wire         reached_o
);
  reg requantise_q;
  reg [7:0] groups_q;
  reg [13:0] record_word_q;
  reg [9:0] output_element_q, index_q;
  reg [15:0] acc_q;
  reg [31:0] bias_q;
  reg [4:0] shift_q;

  wire done, quad_write, write;
  wire [13:0] table_address;
  wire [6:0] group;
  wire [9:0] element;
  wire [63:0] quad;
  wire [15:0] data, y;

  // Memories
  reg lane_hit_q, record_hit_q;
  reg [127:0] lanes;
  wire [36:0] record = record_hit_q ? {shift_q, bias_q} : other_record_i;

  always @* begin
    lanes = other_lanes_i;
    if (lane_hit_q) lanes[16*index_q[2:0] +: 16] = acc_q;
  end

  always @(posedge clk_i) begin
    lane_hit_q <= group == index_q[9:3];
    record_hit_q <= table_address == record_word_q + {4'd0, index_q};
  end

  output_stage dut (
    .clk_i(clk_i), .reset_i(reset_i), .start_i(start_i), .requantise_i(requantise_q),
    .groups_i(groups_q), .record_word_i(record_word_q), .output_element_i(output_element_q),
    .done_o(done), .table_address_o(table_address), .record_i(record), .group_o(group),
    .lanes_i(lanes), .quad_write_o(quad_write), .write_o(write), .element_o(element),
    .quad_o(quad), .data_o(data)
  );
  output_stage_definition definition (
    .acc_i(acc_q), .bias_i(bias_q), .shift_i(shift_q), .y_o(y)
  );

  // Clocks since start_i, 0 when the step is over; clocks since then
  reg [10:0] clock_q;
  reg [2:0] rest_q;
  reg begun_q = 1'b0;
  wire [10:0] addresses = requantise_q ? {groups_q, 3'd0} : {2'd0, groups_q, 1'b0};
  wire [10:0] latency = requantise_q ? 11'd3 : 11'd1;
  wire [10:0] last = addresses + latency;
  wire writing = clock_q > latency;
  wire [9:0] written = clock_q[9:0] - latency[9:0] - 10'd1; // writes before this clock's

  always @(posedge clk_i) begin
    if (start_i) begin
      requantise_q <= requantise_i;
      groups_q <= groups_i;
      record_word_q <= record_word_i;
      output_element_q <= output_element_i;
      index_q <= index_i;
      {acc_q, bias_q, shift_q} <= {acc_i, bias_i, shift_i};
    end
    if (reset_i) begun_q <= 1'b1;
    if (reset_i) clock_q <= 11'd0;
    else if (start_i) clock_q <= 11'd1;
    else if (clock_q == last) clock_q <= 11'd0;
    else if (clock_q != 11'd0) clock_q <= clock_q + 11'd1;
    if (reset_i) rest_q <= 3'd4;
    else if (clock_q != 11'd0) rest_q <= 3'd0;
    else if (rest_q != 3'd4) rest_q <= rest_q + 3'd1;
  end

  always @* begin
    assume (begun_q || reset_i);
    assume (!start_i || (clock_q == 11'd0 && rest_q == 3'd4 && !reset_i));
    assume (groups_i >= 8'd1 && groups_i <= 8'd128);
  end

  always @* if (begun_q) begin
    // Of the harness itself, for the induction
    assert (clock_q == 11'd0 || (clock_q <= last && groups_q >= 8'd1 && groups_q <= 8'd128));

    assert (done == (clock_q == 11'd0 || clock_q == last));
    assert (write == (requantise_q && writing));
    assert (quad_write == (!requantise_q && writing));
    if (write) assert (element == output_element_q + written);
    if (quad_write) assert (element == output_element_q + {written[7:0], 2'd0});
    if (write && written == index_q) assert (data == y);
    if (quad_write && written == {2'd0, index_q[9:2]}) assert (quad[16*index_q[1:0] +: 16] == acc_q);
    // Which word is read decides whose data are written, and closes the induction.
    if (clock_q >= 11'd1 && clock_q <= addresses) begin
      if (requantise_q) assert (table_address == record_word_q + {3'd0, clock_q} - 14'd1);
      else assert (table_address == record_word_q + {1'b0, clock_q, 2'd0} - 14'd4);
    end
  end

  // A saturated element other than the first
  assign reached_o = begun_q && write && index_q == 10'd2 && written == 10'd2 && data == 16'h8000;
endmodule

`default_nettype wire
