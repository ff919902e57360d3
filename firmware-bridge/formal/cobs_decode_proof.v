`default_nettype none

// cobs_decode gives what the definition gives, byte by byte, and tells of every delimiter with
// something before it whether that ended with a block and no byte of it was lost.
//
// Taken for granted: a byte and an error do not come in the same clock.
module cobs_decode_proof (
  input  wire       clk_i,
  input  wire       reset_i,
  input  wire [7:0] byte_i,
  input  wire       valid_i,
  input  wire       error_i,
  output wire       reached_o
);
  wire [7:0] dut_byte;
  wire dut_valid, dut_end, dut_ok;

  reg begun_q = 1'b0;
  reg [15:0] place_q, code_at_q;
  reg [7:0] block_q;
  reg any_q, lost_q; // bytes or errors, errors since the delimiter
  wire delimiter = valid_i && byte_i == 8'd0;
  wire [15:0] next_code_at;
  wire [7:0] next_block, expected_byte;
  wire expected_valid, whole;

  cobs_decode dut (
    .clk_i(clk_i), .reset_i(reset_i), .byte_i(byte_i), .valid_i(valid_i), .error_i(error_i),
    .byte_o(dut_byte), .valid_o(dut_valid), .end_o(dut_end), .ok_o(dut_ok)
  );
  cobs_decode_definition definition (
    .place_i(place_q), .code_at_i(code_at_q), .block_i(block_q), .byte_i(byte_i),
    .code_at_o(next_code_at), .block_o(next_block), .valid_o(expected_valid),
    .byte_o(expected_byte), .whole_o(whole)
  );

  always @(posedge clk_i) begin
    if (reset_i) begun_q <= 1'b1;
    if (reset_i || delimiter) begin
      {place_q, code_at_q, any_q, lost_q} <= 34'd0;
      block_q <= 8'd255;
    end else if (valid_i) begin
      place_q <= place_q + 16'd1;
      code_at_q <= next_code_at;
      block_q <= next_block;
      any_q <= 1'b1;
    end else if (error_i) {any_q, lost_q} <= 2'b11;
  end

  // Registers of the module, connected by the prover
  wire [7:0] dut_left;
  wire dut_started, dut_zero, dut_bad;
  wire [15:0] left = code_at_q - place_q;

  always @* begin
    assume (begun_q || reset_i);
    assume (!(valid_i && error_i));
  end

  always @* if (begun_q) begin
    // For the induction
    assert (left <= 16'd254 && dut_left == left[7:0]);
    assert (dut_started == any_q && dut_bad == lost_q && dut_zero == (block_q != 8'd255));

    assert (dut_valid == (valid_i && !delimiter && expected_valid));
    if (dut_valid) assert (dut_byte == expected_byte);
    assert (dut_end == (delimiter && any_q));
    if (dut_end) assert (dut_ok == (whole && !lost_q));
  end

  // The zero between two blocks, in a frame that is whole so far
  assign reached_o = begun_q && !lost_q && place_q == 16'd2 && dut_valid && dut_byte == 8'd0;
endmodule

`default_nettype wire
