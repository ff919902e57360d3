`default_nettype none

// Parameter section (program header, steps, encoders): 32-bit words in block RAM, of which the two
// halves can be read at different addresses.
module parameter_memory #(
  parameter [31:0] BYTES = 32'd6144
) (
  input  wire        clk_i,
  // Write, per byte: both addresses must be the same
  input  wire [3:0]  write_i,
  input  wire [7:0]  byte_i,
  // Read: each half follows its address by one clock
  input  wire [10:0] low_address_i,
  input  wire [10:0] high_address_i,
  output reg  [15:0] low_o,
  output reg  [15:0] high_o
);
  localparam integer BITS = $clog2(BYTES / 4);
  wire [BITS-1:0] low_row = low_address_i[BITS-1:0];
  wire [BITS-1:0] high_row = high_address_i[BITS-1:0];
  wire unused = &{1'b0, low_address_i, high_address_i};
  // What is read while the link writes is not used.
  (* ram_style = "block", no_rw_check *) reg [15:0] mem0 [0:BYTES/4-1];
  (* ram_style = "block", no_rw_check *) reg [15:0] mem1 [0:BYTES/4-1];

  always @(posedge clk_i) begin
    if (write_i[0]) mem0[low_row][7:0] <= byte_i;
    if (write_i[1]) mem0[low_row][15:8] <= byte_i;
    if (write_i[2]) mem1[high_row][7:0] <= byte_i;
    if (write_i[3]) mem1[high_row][15:8] <= byte_i;
    low_o <= mem0[low_row];
    high_o <= mem1[high_row];
  end
endmodule

`default_nettype wire
