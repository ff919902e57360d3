`default_nettype none
`include "spec.vh"

// MADDNESS encoder: walks one codebook's comparison tree in seven clocks and gives the table
// address of the row its code chooses. Begins the next codebook when the row is taken, so that it
// is ready before a row of seven or more words has been added.
module encoder (
  input  wire        clk_i,
  input  wire        reset_i,
  // Step: loaded by start_i
  input  wire        start_i,
  input  wire [10:0] parameter_word_i, // first encoder record
  input  wire [13:0] table_word_i,
  input  wire [7:0]  codebooks_i,
  // Step: held
  input  wire [7:0]  groups_i, // table words a row: 1..128
  input  wire [9:0]  input_element_i,
  // Parameter memory
  output wire [10:0] low_address_o, // of the lower half of a word
  output wire [10:0] high_address_o, // of the upper half
  input  wire [31:0] parameter_i,
  // Activation memory
  output wire [9:0]  activation_address_o,
  input  wire [15:0] activation_i,
  // Row
  output wire [13:0] row_o,
  output wire        row_valid_o,
  input  wire        row_take_i,
  output wire        done_o // no codebook left and no row waiting
);
  localparam integer RECORD_BYTES = `NOMUL_ENCODER_BYTES;
  localparam [4:0] RECORD_WORDS = RECORD_BYTES[6:2];
  localparam [4:0] THRESHOLD_WORD = `NOMUL_ENCODER_THRESHOLD_AT / 4;
  // Phases: what is addressed in them. The memories answer one phase later.
  localparam [2:0]
    DIM01 = 3'd0, DIM23 = 3'd1, LEVEL0 = 3'd2, LEVEL1 = 3'd3, LAST = 3'd6; // 4, 5: levels 2, 3

  reg [2:0] phase_q;
  reg [7:0] left_q;
  reg [10:0] record_q; // word address of the current record
  reg [13:0] base_q; // table address of the current codebook
  reg [13:0] row_q;
  reg row_valid_q;
  reg [10:0] stride_q; // what a 1 adds to the row at this level: 8, 4, 2, 1 rows
  reg [3:0] heap_q; // node + 1: children of h are 2h and 2h + 1; the root is the right child of 0
  reg [9:0] dim_q [0:3];

  wire go = phase_q == DIM01 && left_q != 8'd0 && (!row_valid_q || row_take_i);

  // One comparison. Nodes count from 0, two thresholds a word, so odd heap numbers lie low. Both
  // children are read before the comparison that chooses one: no address waits for it.
  wire [15:0] threshold = heap_q[0] ? parameter_i[15:0] : parameter_i[31:16];
  wire comparing = phase_q >= LEVEL1;
  wire at_least = $signed(activation_i) >= $signed(threshold);

  // Words of the children of heap_q: the left one lies high, the right one low in the next word.
  wire [4:0] left_word = THRESHOLD_WORD - 5'd1 + {1'b0, heap_q};
  wire [4:0] right_word = THRESHOLD_WORD + {1'b0, heap_q};
  wire [4:0] dim_word = {4'd0, phase_q[0]};
  wire is_dim = phase_q == DIM01 || phase_q == DIM23;
  assign high_address_o = record_q + {6'd0, is_dim ? dim_word : left_word};
  assign low_address_o =
    record_q + {6'd0, is_dim ? dim_word : phase_q == LAST ? RECORD_WORDS : right_word};

  wire [1:0] level = phase_q[1:0] - LEVEL0[1:0];
  assign activation_address_o = input_element_i + dim_q[level];

  assign row_o = row_q;
  assign row_valid_o = row_valid_q;
  assign done_o = left_q == 8'd0 && !row_valid_q;

  always @(posedge clk_i) begin
    if (start_i) begin
      record_q <= parameter_word_i;
      base_q <= table_word_i;
    end
    if (go) begin
      row_q <= base_q;
      base_q <= base_q + {2'd0, groups_i, 4'd0};
      stride_q <= {groups_i, 3'd0};
      heap_q <= 4'd0;
    end
    if (phase_q == DIM23) {dim_q[1], dim_q[0]} <= {parameter_i[25:16], parameter_i[9:0]};
    if (phase_q == LEVEL0) {dim_q[3], dim_q[2]} <= {parameter_i[25:16], parameter_i[9:0]};
    if (phase_q == LEVEL0) heap_q <= 4'd1;
    if (comparing) begin
      if (at_least) row_q <= row_q + {3'd0, stride_q};
      stride_q <= stride_q >> 1;
      heap_q <= {heap_q[2:0], at_least};
    end
    if (phase_q == LAST) record_q <= low_address_o;

    if (reset_i) begin
      phase_q <= DIM01;
      left_q <= 8'd0;
      row_valid_q <= 1'b0;
    end else begin
      if (start_i) left_q <= codebooks_i;
      else if (phase_q == LAST) left_q <= left_q - 1'b1;
      if (phase_q == LAST) row_valid_q <= 1'b1;
      else if (row_take_i) row_valid_q <= 1'b0;
      if (phase_q == LAST) phase_q <= DIM01;
      else if (go || phase_q != DIM01) phase_q <= phase_q + 1'b1;
    end
  end
endmodule

`default_nettype wire
