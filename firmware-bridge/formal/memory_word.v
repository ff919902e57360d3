// Yosys techmap: puts one word in the place of a memory. The address followed, and what all other
// words read, are left open: the proof's top module drives them. What holds for any address and any
// other contents holds for the memory.
(* techmap_celltype = "$mem_v2" *)
module memory_word (
  RD_CLK, RD_EN, RD_ARST, RD_SRST, RD_ADDR, RD_DATA, WR_CLK, WR_EN, WR_ADDR, WR_DATA
);
  parameter MEMID = "";
  parameter signed SIZE = 4;
  parameter signed OFFSET = 0;
  parameter signed ABITS = 2;
  parameter signed WIDTH = 8;
  parameter signed [SIZE*WIDTH-1:0] INIT = {SIZE*WIDTH{1'bx}};
  parameter signed RD_PORTS = 1;
  parameter RD_CLK_ENABLE = 1'b0;
  parameter RD_CLK_POLARITY = 1'b0;
  parameter RD_TRANSPARENCY_MASK = 1'b0;
  parameter RD_COLLISION_X_MASK = 1'b0;
  parameter RD_WIDE_CONTINUATION = 1'b0;
  parameter RD_CE_OVER_SRST = 1'b0;
  parameter RD_ARST_VALUE = 1'b0;
  parameter RD_SRST_VALUE = 1'b0;
  parameter RD_INIT_VALUE = 1'b0;
  parameter signed WR_PORTS = 1;
  parameter WR_CLK_ENABLE = 1'b1;
  parameter WR_CLK_POLARITY = 1'b1;
  parameter WR_PRIORITY_MASK = 1'b0;
  parameter WR_WIDE_CONTINUATION = 1'b0;

  input RD_CLK, RD_EN, RD_ARST, RD_SRST, WR_CLK;
  input [ABITS-1:0] RD_ADDR, WR_ADDR;
  output [WIDTH-1:0] RD_DATA;
  input [WIDTH-1:0] WR_EN, WR_DATA;

  // One port for each direction, the read one without a register of its own, all words alike.
  wire _TECHMAP_FAIL_ = RD_PORTS != 1 || WR_PORTS != 1 || RD_CLK_ENABLE || !WR_CLK_ENABLE ||
    !WR_CLK_POLARITY || OFFSET != 0 || SIZE != 2 ** ABITS || INIT !== {SIZE{INIT[WIDTH-1:0]}};

  wire [ABITS-1:0] followed;
  wire [WIDTH-1:0] other;
  reg [WIDTH-1:0] word = INIT[WIDTH-1:0];

  assign RD_DATA = RD_ADDR == followed ? word : other;
  always @(posedge WR_CLK) if (WR_ADDR == followed) word <= word & ~WR_EN | WR_DATA & WR_EN;
endmodule
