`default_nettype none

// Serial receiver, 8N1. One bit lasts divisor_i clocks (4 or more): the first data bit is sampled
// 1.5 bits after the start edge, less half a clock on average for seeing that edge.
module uart_rx (
  input  wire        clk_i,
  input  wire        reset_i,
  input  wire [11:0] divisor_i, // changes between bytes only
  // Line
  input  wire        rx_i,
  // Bytes: valid_o for one clock; error_o for one clock when the stop bit is missing
  output reg  [7:0]  byte_o,
  output reg         valid_o,
  output reg         error_o
);
  localparam [3:0] SAMPLES = 4'd10; // the start bit, 8 data bits and the stop bit

  reg [1:0] sync_q = 2'b11; // the line is asynchronous to clk_i
  reg [11:0] timer_q; // counts from 1 to the next sample
  reg [3:0] left_q; // samples to take; 0 = no byte under way
  reg high_q; // the line has been high since the last byte, so a low is a start bit

  // The start bit's sample, half a bit after its edge, is only where the others are counted from.
  wire starting = left_q == SAMPLES;
  wire sample = timer_q == (starting ? {1'b0, divisor_i[11:1]} : divisor_i);

  always @(posedge clk_i) begin
    sync_q <= {sync_q[0], rx_i};
    valid_o <= 1'b0;
    error_o <= 1'b0;
    if (reset_i) begin
      left_q <= 4'd0;
      high_q <= 1'b0;
    end else if (left_q == 4'd0) begin
      timer_q <= divisor_i[0] ? 12'd1 : 12'd2;
      if (sync_q[1]) high_q <= 1'b1;
      else if (high_q) left_q <= SAMPLES;
    end else if (!sample) begin
      timer_q <= timer_q + 1'b1;
    end else begin
      timer_q <= 12'd1;
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
