`default_nettype none

// The half below 128 is a memory: a group holds what was written to it last, 0 before. The half above
// reads 0 forever. Holds for the address followed, which may be any one.
module accumulator_memory_proof (
  input  wire         clk_i,
  input  wire         write_i,
  input  wire [6:0]   write_group_i,
  input  wire [127:0] lanes_i,
  input  wire [7:0]   address_i,
  input  wire [127:0] other_i, // what other words read
  output wire         reached_o
);
  (* anyconst *) wire [7:0] followed;
  wire [127:0] lanes;

  accumulator_memory dut (
    .clk_i(clk_i), .write_i(write_i), .write_group_i(write_group_i), .lanes_i(lanes_i),
    .address_i(address_i), .lanes_o(lanes)
  );

  reg [127:0] content_q = 128'd0; // of the address followed
  reg [127:0] expected_q;
  reg know_q = 1'b0;

  always @(posedge clk_i) begin
    if (write_i && write_group_i == followed[6:0]) content_q <= lanes_i;
    expected_q <= followed[7] ? 128'd0 : content_q;
    know_q <= address_i == followed;
  end

  wire [127:0] dut_word; // connected by the prover

  always @* begin
    // For the induction
    assert (dut_word == (followed[7] ? 128'd0 : content_q));

    if (know_q) assert (lanes == expected_q);
  end

  assign reached_o = know_q && followed == 8'd127 && lanes[127:120] == 8'ha5;
endmodule

`default_nettype wire
