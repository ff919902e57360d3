`default_nettype none
`include "spec.vh"

// Data bytes of the frame that arrived last. Written as they arrive: a new frame overwrites it, so
// whoever takes a frame must read faster than the line writes (one byte in 10 bit times).
module frame_buffer (
  input  wire       clk_i,
  // Write
  input  wire       write_i,
  input  wire [9:0] write_index_i,
  input  wire [7:0] byte_i,
  // Read: byte_o follows index_i by one clock
  input  wire [9:0] read_index_i,
  output reg  [7:0] byte_o
);
  (* no_rw_check *) // the reader is ahead of the writer
  reg [7:0] mem [0:`NOMUL_LINK_DATA_MAX-1];

  always @(posedge clk_i) begin
    if (write_i) mem[write_index_i] <= byte_i;
    byte_o <= mem[read_index_i];
  end
endmodule

`default_nettype wire
