`default_nettype none

// COBS decoder (Cheshire & Baker 1999), one byte out at most for one byte in, in the same clock. A
// zero owed by a block is given out when the next block begins, so the last one never is.
module cobs_decode (
  input  wire       clk_i,
  input  wire       reset_i,
  // Line bytes; error_i: a byte was lost here
  input  wire [7:0] byte_i,
  input  wire       valid_i,
  input  wire       error_i,
  // Decoded bytes
  output wire [7:0] byte_o,
  output wire       valid_o,
  // A delimiter that ends something, with whether its coding was right
  output wire       end_o,
  output wire       ok_o
);
  reg [7:0] left_q; // bytes to come in this block
  reg started_q; // a byte came since the last delimiter
  reg zero_q; // the block before owes a zero
  reg bad_q;

  wire delimiter = valid_i && byte_i == 8'd0;
  wire code = left_q == 8'd0;

  assign byte_o = code ? 8'd0 : byte_i;
  assign valid_o = valid_i && !delimiter && (!code || zero_q);
  assign end_o = delimiter && started_q;
  assign ok_o = code && !bad_q;

  always @(posedge clk_i) begin
    if (reset_i || delimiter) begin
      left_q <= 8'd0;
      started_q <= 1'b0;
      zero_q <= 1'b0;
      bad_q <= 1'b0;
    end else if (error_i) begin
      started_q <= 1'b1;
      bad_q <= 1'b1;
    end else if (valid_i) begin
      started_q <= 1'b1;
      left_q <= (code ? byte_i : left_q) - 1'b1;
      if (code) zero_q <= byte_i != 8'hff;
    end
  end
endmodule

`default_nettype wire
