`default_nettype none
`include "spec.vh"

// What is known of the image in memory. `nomul build --bake` replaces this module and the two
// memories by constants; what they make unnecessary vanishes in synthesis.
module image_state (
  input  wire        clk_i,
  input  wire        reset_i,
  // Changes
  input  wire        open_i, // for an image of these sizes
  input  wire [17:3] device_bytes_i,
  input  wire [12:3] table_offset_i,
  input  wire        commit_i,
  input  wire [31:0] device_crc_i,
  input  wire        discard_i,
  // State
  output wire        fixed_o, // no other image can be opened
  output reg  [1:0]  slot_state_o,
  output reg  [17:3] device_bytes_o,
  output reg  [12:3] table_offset_o,
  output reg  [31:0] device_crc_o // of the committed image, else 0
);
  assign fixed_o = 1'b0;

  // Each register takes one value or 0: that costs no logic in front of it.
  always @(posedge clk_i) begin
    if (reset_i) {table_offset_o, device_bytes_o} <= 25'd0;
    else if (open_i) {table_offset_o, device_bytes_o} <= {table_offset_i, device_bytes_i};

    if (reset_i || open_i) device_crc_o <= 32'd0;
    else if (commit_i) device_crc_o <= device_crc_i;

    if (reset_i || discard_i) slot_state_o <= `NOMUL_SLOT_EMPTY;
    else if (commit_i) slot_state_o <= `NOMUL_SLOT_COMMITTED;
    else if (open_i) slot_state_o <= `NOMUL_SLOT_OPEN;
  end
endmodule

`default_nettype wire
