`default_nettype none

// Table section: 16384 words of 64 bits in the four SPRAM blocks. Single port; a write leaves
// word_o unchanged (SPRAM has no read during write). Contents are undefined after configuration.
module table_memory (
  input  wire        clk_i,
  input  wire [13:0] address_i,
  // Write, per byte
  input  wire [7:0]  write_i,
  input  wire [7:0]  byte_i,
  // Read: word_o follows address_i by one clock
  output reg  [63:0] word_o
);
  (* ram_style = "huge" *)
  reg [63:0] mem [0:16383];
  integer i;

  always @(posedge clk_i) begin
    for (i = 0; i < 8; i = i + 1) if (write_i[i]) mem[address_i][8*i +: 8] <= byte_i;
    if (write_i == 8'd0) word_o <= mem[address_i];
  end
endmodule

`default_nettype wire
