`default_nettype none

// COBS decoding (Cheshire & Baker 1999), one byte more. Places count the bytes since the delimiter,
// modulo 2^16: what a byte is depends on where it stands.
module cobs_decode_definition (
  input  wire [15:0] place_i, // of this byte; 0 right behind the delimiter
  input  wire [15:0] code_at_i, // where the next code stands; 0 right behind the delimiter
  // Last code. 255 right behind the delimiter: blocks of 255 have no zero behind them either.
  input  wire [7:0]  block_i,
  input  wire [7:0]  byte_i,
  output wire [15:0] code_at_o,
  output wire [7:0]  block_o,
  // What the byte gives, unless it is 0
  output wire        valid_o,
  output wire [7:0]  byte_o,
  // If it is 0: does it stand where a block ended?
  output wire        whole_o
);
  assign whole_o = place_i == code_at_i;
  assign code_at_o = whole_o ? place_i + {8'd0, byte_i} : code_at_i;
  assign block_o = whole_o ? byte_i : block_i;
  assign valid_o = !whole_o || block_i != 8'd255;
  assign byte_o = whole_o ? 8'd0 : byte_i;
endmodule

`default_nettype wire
