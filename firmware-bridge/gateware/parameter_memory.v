`default_nettype none

// Parameter section (program header, steps, encoders): 32-bit words in block RAM.
module parameter_memory #(
  parameter integer BYTES = 6144
) (
  input  wire        clk_i,
  input  wire [10:0] address_i,
  // Write, per byte
  input  wire [3:0]  write_i,
  input  wire [7:0]  byte_i,
  // Read: word_o follows address_i by one clock
  output reg  [31:0] word_o
);
  (* ram_style = "block", no_rw_check *) // what is read while the link writes is not used
  reg [31:0] mem [0:BYTES/4-1];
  integer i;

  always @(posedge clk_i) begin
    for (i = 0; i < 4; i = i + 1) if (write_i[i]) mem[address_i][8*i +: 8] <= byte_i;
    word_o <= mem[address_i];
  end
endmodule

`default_nettype wire
