`default_nettype none

// From the first clear_i on, crc32c holds what the definition makes of the bytes since.
module crc32c_proof (
  input  wire       clk_i,
  input  wire       clear_i,
  input  wire       valid_i,
  input  wire [7:0] byte_i,
  output wire       reached_o
);
  wire [31:0] state, next;
  reg [31:0] expected_q;
  reg cleared_q = 1'b0;

  crc32c dut (
    .clk_i(clk_i), .clear_i(clear_i), .valid_i(valid_i), .byte_i(byte_i), .state_o(state)
  );
  crc32c_definition definition (.state_i(expected_q), .byte_i(byte_i), .next_o(next));

  always @(posedge clk_i) begin
    if (clear_i) begin
      expected_q <= 32'hffffffff;
      cleared_q <= 1'b1;
    end else if (valid_i) expected_q <= next;
  end

  always @* if (cleared_q) assert (state == expected_q);

  // CRC-32C of the byte "a": a value from outside of both sides.
  assign reached_o = cleared_q && ~state == 32'hc1d04330;
endmodule

`default_nettype wire
