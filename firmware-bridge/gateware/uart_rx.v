`default_nettype none

// Serial receiver, 8N1. One bit lasts DIVISOR clocks (4 or more): the first data bit is sampled
// 1.5 bits after the start edge, less half a clock on average for seeing that edge.
module uart_rx #(
  parameter integer DIVISOR = 4
) (
  input  wire       clk_i,
  input  wire       reset_i,
  // Line
  input  wire       rx_i,
  // Bytes: valid_o for one clock; error_o for one clock when the stop bit is missing
  output reg  [7:0] byte_o,
  output reg        valid_o,
  output reg        error_o
);
  localparam integer FIRST = DIVISOR + (DIVISOR + 1) / 2 - 2;
  localparam integer WIDTH = $clog2(FIRST + 1);
  localparam [WIDTH-1:0] FIRST_SAMPLE = FIRST[WIDTH-1:0];
  localparam integer REST = DIVISOR - 1;
  localparam [WIDTH-1:0] NEXT_SAMPLE = REST[WIDTH-1:0];
  localparam [3:0] SAMPLES = 4'd9; // 8 data bits and the stop bit

  reg [1:0] sync_q = 2'b11; // the line is asynchronous to clk_i
  reg [WIDTH-1:0] timer_q;
  reg [3:0] left_q; // samples to take; 0 = no byte under way
  reg high_q; // the line has been high since the last byte, so a low is a start bit

  always @(posedge clk_i) begin
    sync_q <= {sync_q[0], rx_i};
    valid_o <= 1'b0;
    error_o <= 1'b0;
    if (reset_i) begin
      left_q <= 4'd0;
      high_q <= 1'b0;
    end else if (left_q == 4'd0) begin
      timer_q <= FIRST_SAMPLE;
      if (sync_q[1]) high_q <= 1'b1;
      else if (high_q) left_q <= SAMPLES;
    end else if (timer_q != 0) begin
      timer_q <= timer_q - 1'b1;
    end else begin
      timer_q <= NEXT_SAMPLE;
      left_q <= left_q - 1'b1;
      if (left_q != 4'd1) begin
        byte_o <= {sync_q[1], byte_o[7:1]};
      end else begin
        high_q <= sync_q[1];
        valid_o <= sync_q[1];
        error_o <= !sync_q[1];
      end
    end
  end
endmodule

`default_nettype wire
