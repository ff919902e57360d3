`default_nettype none

// Serial transmitter, 8N1, DIVISOR clocks a bit. Bytes follow each other without a gap when valid_i
// is already up in the last clock of the stop bit.
module uart_tx #(
  parameter integer DIVISOR = 4
) (
  input  wire       clk_i,
  input  wire       reset_i,
  // Bytes: taken in a clock where both valid_i and ready_o are up
  input  wire [7:0] byte_i,
  input  wire       valid_i,
  output wire       ready_o,
  // Line
  output wire       tx_o
);
  localparam integer WIDTH = $clog2(DIVISOR);
  localparam integer LAST = DIVISOR - 1;
  localparam [WIDTH-1:0] LAST_CLOCK = LAST[WIDTH-1:0];

  reg [8:0] shift_q = 9'h1ff; // lowest bit is on the line; ones follow as stop bit
  reg [3:0] left_q; // bits still on their way; 0 = idle
  reg [WIDTH-1:0] timer_q; // clocks left of the bit on the line

  assign tx_o = shift_q[0];
  assign ready_o = left_q == 4'd0 || (left_q == 4'd1 && timer_q == 0);

  always @(posedge clk_i) begin
    if (reset_i) begin
      shift_q <= 9'h1ff;
      left_q <= 4'd0;
      timer_q <= 0;
    end else if (ready_o && valid_i) begin
      shift_q <= {byte_i, 1'b0};
      left_q <= 4'd10;
      timer_q <= LAST_CLOCK;
    end else if (timer_q != 0) begin
      timer_q <= timer_q - 1'b1;
    end else if (left_q != 4'd0) begin
      shift_q <= {1'b1, shift_q[8:1]};
      left_q <= left_q - 1'b1;
      timer_q <= LAST_CLOCK;
    end
  end
endmodule

`default_nettype wire
