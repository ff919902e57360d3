`default_nettype none

// Adds the rows that codes choose: eight entries a clock. Codebook outer, group of eight outputs inner;
// sums are modulo 2^16, which is exact because packing proves that they fit (DESIGN: Numbers).
module accumulate (
  input  wire         clk_i,
  input  wire         reset_i,
  // Step
  input  wire         start_i, // the next row belongs to the first codebook
  input  wire [7:0]   groups_i, // 1..128
  // Row
  input  wire [13:0]  row_i,
  input  wire         row_valid_i,
  output wire         row_take_o,
  // Table memory
  output wire [13:0]  table_address_o,
  input  wire [63:0]  table_i,
  // Accumulator memory
  output wire [7:0]   read_address_o, // {read zero, group}
  input  wire [127:0] lanes_i,
  output wire         write_o,
  output wire [6:0]   write_group_o, 
  output wire [127:0] lanes_o,
  // No row under way; the last sum is written in the same clock at the latest
  output wire         idle_o
);
  reg active_q;
  reg first_q; // the row under way belongs to the first codebook
  reg fresh_q; // the next one does
  reg [13:0] address_q;
  reg [6:0] group_q;
  reg write_q;
  reg [6:0] write_group_q;

  wire [7:0] next_group = {1'b0, group_q} + 8'd1;
  wire last = next_group >= groups_i;

  assign row_take_o = row_valid_i && (!active_q || last);
  assign table_address_o = address_q;
  assign read_address_o = {first_q, group_q};
  assign write_o = write_q;
  assign write_group_o = write_group_q;
  assign idle_o = !active_q;

  genvar lane;
  generate
    for (lane = 0; lane < 8; lane = lane + 1) begin : g_lane
      wire [7:0] entry = table_i[8*lane +: 8];
      assign lanes_o[16*lane +: 16] = lanes_i[16*lane +: 16] + {{8{entry[7]}}, entry};
    end
  endgenerate

  // A group is read again no sooner than the encoder's seven clocks after it was read last, and
  // written one clock after that: no read overtakes a write, even with one group.
  always @(posedge clk_i) begin
    write_group_q <= group_q;
    if (row_take_o) begin
      address_q <= row_i;
      group_q <= 7'd0;
      first_q <= fresh_q;
    end else begin
      address_q <= address_q + 14'd1;
      group_q <= next_group[6:0];
    end

    if (reset_i) begin
      active_q <= 1'b0;
      write_q <= 1'b0;
    end else begin
      write_q <= active_q;
      if (row_take_o) active_q <= 1'b1;
      else if (last) active_q <= 1'b0;
    end
    if (start_i) fresh_q <= 1'b1;
    else if (row_take_o) fresh_q <= 1'b0;
  end
endmodule

`default_nettype wire
