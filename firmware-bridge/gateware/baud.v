`default_nettype none

// Clocks a bit. A rate that BAUD has set stays only while the host is understood at it: the change
// itself starts a wait, and so does the first byte after a good frame; a good frame ends it; when it
// is over the rate after power-on is back. A host that keeps sending at another rate cannot prolong it.
module baud #(
  parameter [11:0] DIVISOR = 12'd4
) (
  input  wire        clk_i,
  input  wire        reset_i,
  input  wire        tick_i, // the wait is over at the fourth
  // Change
  input  wire        set_i,
  input  wire [11:0] divisor_i,
  // Line
  input  wire        heard_i, // a byte or a framing error
  input  wire        good_i, // a good frame
  output wire [11:0] divisor_o,
  output wire        busy_o // this rate may end without anything from outside
);
  reg [11:0] divisor_q = DIVISOR;
  reg waiting_q;
  reg [1:0] ticks_q;

  assign divisor_o = divisor_q;
  assign busy_o = waiting_q && divisor_q != DIVISOR;

  always @(posedge clk_i) begin
    if (set_i || !waiting_q) ticks_q <= 2'd0;
    else if (tick_i) ticks_q <= ticks_q + 1'b1;
    if (reset_i) begin
      divisor_q <= DIVISOR;
      waiting_q <= 1'b0;
    end else if (set_i) begin
      divisor_q <= divisor_i;
      waiting_q <= 1'b1;
    end else if (good_i) waiting_q <= 1'b0;
    else if (heard_i) waiting_q <= 1'b1;
    else if (waiting_q && tick_i && ticks_q == 2'd3) begin
      divisor_q <= DIVISOR;
      waiting_q <= 1'b0;
    end
  end
endmodule

`default_nettype wire
