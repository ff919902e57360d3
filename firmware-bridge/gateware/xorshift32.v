`default_nettype none

// Marsaglia's xorshift32 (2003), triple (13, 17, 5): the inputs of SELFTEST.
module xorshift32 (
  input  wire        clk_i,
  input  wire        load_i,
  input  wire [31:0] seed_i,
  input  wire        step_i,
  output wire [15:0] low_o // of the state
);
  reg [31:0] state_q;
  wire [31:0] a = state_q ^ (state_q << 13);
  wire [31:0] b = a ^ (a >> 17);

  assign low_o = state_q[15:0];

  always @(posedge clk_i) begin
    if (load_i) state_q <= seed_i;
    else if (step_i) state_q <= b ^ (b << 5);
  end
endmodule

`default_nettype wire
