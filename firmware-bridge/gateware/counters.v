`default_nettype none

// What STATUS counts, and the cycles that INFER and SELFTEST take.
module counters #(
  parameter integer TICK_BIT = 20 // of the uptime
) (
  input  wire        clk_i,
  input  wire        reset_i,
  // Frames
  input  wire        good_i, // executed
  input  wire        bad_i,
  input  wire        dropped_i,
  output reg  [15:0] good_o,
  output reg  [15:0] bad_o,
  output reg  [15:0] dropped_o,
  // Cycles of the engine since clear_i
  input  wire        running_i,
  input  wire        clear_i,
  output reg  [31:0] cycles_o,
  // Cycles since reset, when the last good frame came
  output reg  [31:0] uptime_then_o,
  output wire        tick_o // every 2^(TICK_BIT + 1) cycles: what long waits are counted in
);
  reg [31:0] uptime_q;
  reg was_q;

  assign tick_o = was_q && !uptime_q[TICK_BIT];

  always @(posedge clk_i) begin
    was_q <= uptime_q[TICK_BIT];
    if (good_i) uptime_then_o <= uptime_q;
    if (reset_i) begin
      {dropped_o, bad_o, good_o} <= 48'd0;
      cycles_o <= 32'd0;
      uptime_q <= 32'd0;
    end else begin
      if (good_i) good_o <= good_o + 1'b1;
      if (bad_i) bad_o <= bad_o + 1'b1;
      if (dropped_i) dropped_o <= dropped_o + 1'b1;
      if (clear_i) cycles_o <= 32'd0;
      else if (running_i) cycles_o <= cycles_o + 1'b1;
      uptime_q <= uptime_q + 1'b1;
    end
  end
endmodule

`default_nettype wire
