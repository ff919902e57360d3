`default_nettype none

// Adds the rows that codes choose, two table words a clock: 16 entries of 8 bits or 32 of 4. Sums lie in
// a ring of registers that turns with every addition, which needs neither an address nor a multiplexer:
// a row of the table is added in as many clocks as the ring has rows, and the first row is in front
// again. What the last reads of a narrower row bring goes into sums that nobody reads. Modulo 2^16, as in
// accumulate.
module accumulate_ring #(
  parameter integer ROWS = 4 // of 16 or 32 sums; a power of 2, 2 or more
) (
  input  wire         clk_i,
  input  wire         reset_i,
  // Step
  input  wire         start_i, // all sums are 0
  input  wire         nibbles_i, // entries have 4 bits
  // Row
  input  wire [13:0]  row_i,
  input  wire         row_valid_i,
  output wire         row_take_o,
  // Table memory
  output wire [13:0]  table_address_o,
  input  wire [127:0] table_i,
  // Sums of the row in front, 16 of them for entries of 8 bits
  input  wire         turn_i, // the next row comes to the front; the one in front is lost
  output wire [511:0] lanes_o,
  // No row under way; the last sum is written in the same clock at the latest
  output wire         idle_o
);
  localparam integer BITS = $clog2(ROWS);
  localparam [BITS-1:0] LAST = {BITS{1'b1}};

  reg active_q;
  reg [13:0] address_q;
  reg [BITS-1:0] index_q;
  reg write_q;
  reg [512*ROWS-1:0] ring_q;

  wire last = index_q == LAST;
  wire [511:0] sums;

  assign row_take_o = row_valid_i && (!active_q || last);
  assign table_address_o = address_q;
  assign lanes_o = ring_q[511:0];
  assign idle_o = !active_q;

  genvar lane;
  generate
    for (lane = 0; lane < 32; lane = lane + 1) begin : g_lane
      wire [3:0] nibble = table_i[4*lane +: 4];
      wire [7:0] entry = nibbles_i ? {{4{nibble[3]}}, nibble} : table_i[8*(lane % 16) +: 8];
      assign sums[16*lane +: 16] = lanes_o[16*lane +: 16] + {{8{entry[7]}}, entry};
    end
  endgenerate

  always @(posedge clk_i) begin
    if (start_i) ring_q <= {512*ROWS{1'b0}};
    else if (write_q || turn_i) ring_q <= {sums, ring_q[512*ROWS-1:512]};

    address_q <= row_take_o ? row_i : address_q + 14'd2;
    index_q <= row_take_o ? {BITS{1'b0}} : index_q + 1'b1;
    if (reset_i) begin
      active_q <= 1'b0;
      write_q <= 1'b0;
    end else begin
      write_q <= active_q;
      if (row_take_o) active_q <= 1'b1;
      else if (last) active_q <= 1'b0;
    end
  end
endmodule

`default_nettype wire
