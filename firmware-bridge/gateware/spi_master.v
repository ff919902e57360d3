`default_nettype none

// SPI master, mode 0, one byte at a time, highest bit first, sck_o = clk_i / 2. The other end has a
// whole bit time to answer: its bit is taken with the edge of clk_i that lets sck_o fall again.
module spi_master (
  input  wire       clk_i,
  input  wire       reset_i,
  // Bytes: byte_i goes out on start_i; byte_o has come in when busy_o falls
  input  wire       start_i,
  input  wire [7:0] byte_i,
  output wire       busy_o,
  output wire [7:0] byte_o,
  // Pins
  output wire       sck_o,
  output wire       mosi_o,
  input  wire       miso_i
);
  reg [4:0] left_q; // half bits; the odd ones are high
  reg [7:0] shift_q;

  assign busy_o = left_q != 5'd0;
  assign byte_o = shift_q;
  assign sck_o = left_q[0];
  assign mosi_o = shift_q[7];

  always @(posedge clk_i) begin
    if (start_i) shift_q <= byte_i;
    else if (left_q[0]) shift_q <= {shift_q[6:0], miso_i};
    if (reset_i) left_q <= 5'd0;
    else if (start_i) left_q <= 5'd16;
    else if (busy_o) left_q <= left_q - 1'b1;
  end
endmodule

`default_nettype wire
