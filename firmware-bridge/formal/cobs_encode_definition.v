`default_nettype none

// COBS encoding (Cheshire & Baker 1999), one byte more: which places of the line it decides. A
// block's code is the distance from its place to the place behind the block. Places count modulo 512.
module cobs_encode_definition (
  input  wire [8:0] place_i, // next free place
  input  wire [8:0] code_at_i, // where the open block's code will stand
  input  wire [7:0] byte_i,
  input  wire       last_i,
  // The byte itself, at place_i
  output wire       data_o,
  // The code of a block that ends here, at code_at_i
  output wire       close_o,
  output wire [7:0] code_o,
  output wire [8:0] place_o,
  output wire [8:0] code_at_o,
  // If last: the code of the frame's last block, at code_at_o; a delimiter follows at place_o
  output wire [7:0] last_code_o
);
  wire [8:0] behind = place_i + {8'd0, data_o};
  wire [8:0] distance = behind - code_at_i;
  wire [8:0] last_distance = place_o - code_at_o;

  assign data_o = byte_i != 8'd0;
  // A frame that ends with a full block has no empty block behind it.
  assign close_o = !data_o || (distance == 9'd255 && !last_i);
  assign code_o = distance[7:0];
  assign place_o = close_o ? behind + 9'd1 : behind;
  assign code_at_o = close_o ? behind : code_at_i;
  assign last_code_o = last_distance[7:0];
endmodule

`default_nettype wire
