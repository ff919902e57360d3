`default_nettype none
`include "spec.vh"

// MADDNESS encoder for 16 lanes: a codebook every four clocks, against encoder's seven. Split
// dimensions of the next codebook come through a port of their own while this one's tree is walked, and
// the last comparison falls into the clock that addresses the next root.
module encoder_prefetch (
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
  // The same once more
  output wire [10:0] dims_address_o,
  input  wire [31:0] dims_i,
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
  localparam [10:0] RECORD_WORDS = RECORD_BYTES[12:2];
  localparam [10:0] THRESHOLD_WORD = `NOMUL_ENCODER_THRESHOLD_AT / 4;

  // Split dimensions of the next codebook: three clocks after its turn has come.
  reg [1:0] fetch_q; // 0: idle; 1, 2: words addressed; 2, 3: words arrive
  reg fetched_q;
  reg [10:0] next_record_q;
  reg [9:0] next_dim_q [0:3];
  wire go;
  wire unused = &{1'b0, dims_i};

  assign dims_address_o = next_record_q + {10'd0, fetch_q[1]};

  always @(posedge clk_i) begin
    if (fetch_q == 2'd2) {next_dim_q[1], next_dim_q[0]} <= {dims_i[25:16], dims_i[9:0]};
    if (fetch_q == 2'd3) {next_dim_q[3], next_dim_q[2]} <= {dims_i[25:16], dims_i[9:0]};
    if (start_i) next_record_q <= parameter_word_i;
    else if (go) next_record_q <= next_record_q + RECORD_WORDS;
    if (reset_i) {fetch_q, fetched_q} <= 3'd0;
    else begin
      if (start_i || go) fetch_q <= 2'd1;
      else if (fetch_q != 2'd0) fetch_q <= fetch_q + 1'b1;
      fetched_q <= !start_i && !go && (fetched_q || fetch_q == 2'd3);
    end
  end

  // Tree: phases 0..3 address a level each; its comparison is one clock later.
  reg [1:0] phase_q;
  reg [7:0] left_q; // codebooks not begun
  reg under_way_q; // a codebook is begun and its row not handed over
  reg late_q; // phase 0: the last comparison is now
  reg [10:0] record_q;
  reg [13:0] base_q; // table address of the next codebook
  reg [13:0] row_q, ready_q;
  reg row_valid_q;
  reg [10:0] stride_q; // what a 1 adds to the row at this level: 8, 4, 2, 1 rows
  reg [3:0] heap_q; // node + 1: children of h are 2h and 2h + 1
  reg [9:0] dim_q [1:3];

  wire root = phase_q == 2'd0;
  wire free = !row_valid_q || row_take_i;
  wire finish = root && under_way_q && free;
  assign go = root && fetched_q && left_q != 8'd0 && (!under_way_q || free);

  // Nodes count from 0, two thresholds a word, so odd heap numbers lie low. Both children are read
  // before the comparison that chooses one: no address waits for it.
  wire [15:0] threshold = heap_q[0] ? parameter_i[15:0] : parameter_i[31:16];
  wire comparing = !root || late_q;
  wire at_least = $signed(activation_i) >= $signed(threshold);
  wire [13:0] sum = row_q + {3'd0, stride_q};
  wire [13:0] row = comparing && at_least ? sum : row_q;

  // Words of the children of heap_q: the left one lies high, the right one low in the next word.
  wire [10:0] record = root ? next_record_q : record_q;
  wire [10:0] right_word = THRESHOLD_WORD + {7'd0, root ? 4'd0 : heap_q};
  assign low_address_o = record + right_word;
  assign high_address_o = record + right_word - 11'd1;
  assign activation_address_o = input_element_i + (root ? next_dim_q[0] : dim_q[phase_q]);

  assign row_o = ready_q;
  assign row_valid_o = row_valid_q;
  assign done_o = left_q == 8'd0 && !under_way_q && !row_valid_q;

  always @(posedge clk_i) begin
    late_q <= phase_q == 2'd3;
    if (finish) ready_q <= row;
    if (go) begin
      row_q <= base_q;
      record_q <= next_record_q;
      {dim_q[3], dim_q[2], dim_q[1]} <= {next_dim_q[3], next_dim_q[2], next_dim_q[1]};
      stride_q <= {groups_i, 3'd0};
      heap_q <= 4'd1;
    end else begin
      row_q <= row;
      if (!root) begin
        stride_q <= stride_q >> 1;
        heap_q <= {heap_q[2:0], at_least};
      end
    end
    if (start_i) base_q <= table_word_i;
    else if (go) base_q <= base_q + {2'd0, groups_i, 4'd0};

    if (reset_i) begin
      phase_q <= 2'd0;
      left_q <= 8'd0;
      under_way_q <= 1'b0;
      row_valid_q <= 1'b0;
    end else begin
      if (start_i) left_q <= codebooks_i;
      else if (go) left_q <= left_q - 1'b1;
      if (go) under_way_q <= 1'b1;
      else if (finish) under_way_q <= 1'b0;
      if (finish) row_valid_q <= 1'b1;
      else if (row_take_i) row_valid_q <= 1'b0;
      if (go || !root) phase_q <= phase_q + 1'b1;
    end
  end
endmodule

`default_nettype wire
