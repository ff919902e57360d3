`default_nettype none

// Accumulators of chips whose block RAM holds the tables: ROWS rows of 32 sums of 16 bits in registers,
// whose halves are written apart. Read and write as accumulator_memory does it: zero_i reads 0.
module accumulator_registers #(
  parameter integer ROWS = 2 // a power of 2
) (
  input  wire                    clk_i,
  // Write
  input  wire [1:0]              write_i, // the lower, the upper 16 sums
  input  wire [$clog2(ROWS)-1:0] write_row_i,
  input  wire [511:0]            lanes_i,
  // Read: lanes_o follows its address by one clock
  input  wire                    zero_i,
  input  wire [$clog2(ROWS)-1:0] row_i,
  output reg  [511:0]            lanes_o
);
  (* ram_style = "registers" *) reg [255:0] lower [0:ROWS-1];
  (* ram_style = "registers" *) reg [255:0] upper [0:ROWS-1];

  always @(posedge clk_i) begin
    if (write_i[0]) lower[write_row_i] <= lanes_i[255:0];
    if (write_i[1]) upper[write_row_i] <= lanes_i[511:256];
    lanes_o <= zero_i ? 512'd0 : {upper[row_i], lower[row_i]};
  end
endmodule

`default_nettype wire
