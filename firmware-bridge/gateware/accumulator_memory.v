`default_nettype none

// Accumulators: 128 groups of 8 lanes of 16 bits in the lower half. The upper half is never written
// and stays 0 from configuration on: the first codebook of a step reads it instead of its group,
// which starts the sums at 0 without a gate in front of any adder.
module accumulator_memory (
  input  wire         clk_i,
  // Write
  input  wire         write_i,
  input  wire [6:0]   write_group_i,
  input  wire [127:0] lanes_i,
  // Read: lanes_o follows address_i by one clock
  input  wire [7:0]   address_i, // {read zero, group}
  output reg  [127:0] lanes_o
);
  (* no_rw_check *) // accumulate never reads a group in the clock that writes it
  reg [127:0] mem [0:255];
  integer i;

  initial for (i = 0; i < 256; i = i + 1) mem[i] = 128'd0;

  always @(posedge clk_i) begin
    if (write_i) mem[{1'b0, write_group_i}] <= lanes_i;
    lanes_o <= mem[address_i];
  end
endmodule

`default_nettype wire
