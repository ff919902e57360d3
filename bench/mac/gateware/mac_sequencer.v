`default_nettype none

// Walks the weight memory from word 0 to the end of the last layer, one word a clock. A layer is a
// descriptor, then for each output its weights and its record.
module mac_sequencer (
  input  wire        clk_i,
  input  wire        reset_i,
  input  wire        start_i,
  output wire        busy_o,
  // Weight memory: the word follows its address by one clock
  output wire [13:0] address_o,
  input  wire [63:0] word_i,
  // Activation memory: row of the same clock
  output wire [7:0]  row_o,
  // What is addressed
  output wire        first_o, // an output's first weights
  output wire        last_o, // its last ones
  output wire        record_o, // its record
  // Layer
  output reg         layer_start_o, // output_element_o is new
  output reg  [10:0] output_element_o,
  output reg         wide_o
);
  localparam [2:0] IDLE = 3'd0, FETCH = 3'd1, DECODE = 3'd2, RUN = 3'd3, DRAIN = 3'd4;
  localparam [2:0] DRAIN_CLOCKS = 3'd7; // one less; until the last output is in its memory

  reg [2:0] state_q;
  reg [13:0] address_q;
  reg [7:0] words_q; // weight words an output
  reg [7:0] left_q; // of the output under way
  reg [10:0] outputs_q;
  reg [7:0] base_q, row_q;
  reg final_q;
  reg [2:0] drain_q;

  wire run = state_q == RUN;
  assign busy_o = state_q != IDLE;
  assign address_o = address_q;
  assign row_o = row_q;
  assign record_o = run && left_q == 8'd0;
  assign first_o = left_q == words_q;
  assign last_o = run && left_q == 8'd1;

  always @(posedge clk_i) begin
    layer_start_o <= state_q == DECODE;
    if (state_q == IDLE) address_q <= 14'd0;
    else if (state_q == FETCH || run) address_q <= address_q + 1'b1;

    if (state_q == DECODE) begin
      words_q <= word_i[7:0];
      left_q <= word_i[7:0];
      outputs_q <= word_i[18:8];
      base_q <= word_i[31:24];
      row_q <= word_i[31:24];
      output_element_o <= word_i[42:32];
      wide_o <= word_i[48];
      final_q <= word_i[49];
    end else if (record_o) begin
      left_q <= words_q;
      row_q <= base_q;
      outputs_q <= outputs_q - 1'b1;
    end else begin
      left_q <= left_q - 1'b1;
      row_q <= row_q + 1'b1;
    end

    drain_q <= state_q == DRAIN ? drain_q - 1'b1 : DRAIN_CLOCKS;
    if (reset_i) state_q <= IDLE;
    else case (state_q)
      IDLE: if (start_i) state_q <= FETCH;
      FETCH: state_q <= DECODE;
      DECODE: state_q <= RUN;
      RUN: if (record_o && outputs_q == 11'd1) state_q <= DRAIN;
      default: if (drain_q == 3'd0) state_q <= final_q ? IDLE : FETCH;
    endcase
  end

  wire unused = &{1'b0, word_i[63:50], word_i[47:43], word_i[23:19]};
endmodule

`default_nettype wire
