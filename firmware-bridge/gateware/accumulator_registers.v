`default_nettype none

// Accumulators of chips whose block RAM holds the tables: GROUPS groups of LANES lanes of 16 bits in
// registers. Read and write as accumulator_memory does it: the upper half of the addresses reads 0.
module accumulator_registers #(
  parameter integer LANES = 16,
  parameter integer GROUPS = 4 // a power of 2
) (
  input  wire                      clk_i,
  // Write
  input  wire                      write_i,
  input  wire [$clog2(GROUPS)-1:0] write_group_i,
  input  wire [16*LANES-1:0]       lanes_i,
  // Read: lanes_o follows its address by one clock
  input  wire                      zero_i,
  input  wire [$clog2(GROUPS)-1:0] group_i,
  output reg  [16*LANES-1:0]       lanes_o
);
  (* ram_style = "registers" *)
  reg [16*LANES-1:0] mem [0:GROUPS-1];

  always @(posedge clk_i) begin
    if (write_i) mem[write_group_i] <= lanes_i;
    lanes_o <= zero_i ? {16*LANES{1'b0}} : mem[group_i];
  end
endmodule

`default_nettype wire
