`default_nettype none

// Serial transmitter, 8N1, divisor_i clocks a bit. Bytes follow each other without a gap when
// valid_i is already up in the last clock of the stop bit.
module uart_tx (
  input  wire        clk_i,
  input  wire        reset_i,
  input  wire [11:0] divisor_i, // changes between bytes only
  // Bytes: taken in a clock where both valid_i and ready_o are up
  input  wire [7:0]  byte_i,
  input  wire        valid_i,
  output wire        ready_o,
  // Line
  output wire        tx_o
);
  reg [8:0] shift_q = 9'h1ff; // lowest bit is on the line; ones follow as stop bit
  reg [3:0] left_q; // bits still on their way; 0 = idle
  reg [11:0] timer_q; // clocks of the bit on the line so far, this one included

  wire last_clock = timer_q == divisor_i;

  assign tx_o = shift_q[0];
  assign ready_o = left_q == 4'd0 || (left_q == 4'd1 && last_clock);

  always @(posedge clk_i) begin
    if (reset_i) begin
      shift_q <= 9'h1ff;
      left_q <= 4'd0;
      timer_q <= 12'd1;
    end else begin
      timer_q <= left_q == 4'd0 || last_clock ? 12'd1 : timer_q + 1'b1;
      if (ready_o && valid_i) begin
        shift_q <= {byte_i, 1'b0};
        left_q <= 4'd10;
      end else if (last_clock && left_q != 4'd0) begin
        shift_q <= {1'b1, shift_q[8:1]};
        left_q <= left_q - 1'b1;
      end
    end
  end
endmodule

`default_nettype wire
