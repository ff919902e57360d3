`default_nettype none

// COBS encoder and transmit queue in one 256-byte memory: delimiters, codes and data lie in it in
// line order. A block's code is written when the block ends; the line side reads only up to there.
// Small replies thus leave their producer at once and are sent while it goes on.
module cobs_encode (
  input  wire       clk_i,
  input  wire       reset_i,
  // Frame content: taken in a clock where both valid_i and ready_o are up
  input  wire [7:0] byte_i,
  input  wire       last_i,
  input  wire       valid_i,
  output wire       ready_o,
  // Line bytes
  output wire [7:0] byte_o,
  output wire       valid_o,
  input  wire       ready_i,
  // Something is still queued
  output wire       busy_o
);
  localparam [2:0]
    IDLE = 3'd0, OPEN = 3'd1, BODY = 3'd2, FULL = 3'd3, LAST = 3'd4, DELIMITER = 3'd5, SHOW = 3'd6;

  (* no_rw_check *) // a place is read only after it was written
  reg [7:0] mem [0:255];
  reg [7:0] read_data_q;

  reg [2:0] state_q;
  // Nine bits, so that a full queue (254-byte block, its code, the next code) is not an empty one.
  reg [8:0] write_q; // next free place
  reg [8:0] read_q;
  reg [8:0] code_q; // place of the open block's code; the line side stops here
  reg [7:0] count_q; // the open block's code so far
  reg fetched_q;

  wire [8:0] used = write_q - read_q;
  wire room = !used[8];
  wire take = ready_o && valid_i;
  wire zero = byte_i == 8'd0;
  wire delimit = room && ((state_q == IDLE && valid_i) || state_q == DELIMITER);
  wire close = (take && zero) || (state_q == FULL && room) || state_q == LAST;
  wire mark = close || state_q == OPEN || state_q == SHOW;
  wire advance = take || delimit || (room && (state_q == FULL || state_q == OPEN));

  assign ready_o = state_q == BODY && room;
  assign byte_o = read_data_q;
  assign valid_o = fetched_q;
  assign busy_o = state_q != IDLE || used != 9'd0;

  wire [7:0] write_data = close ? count_q : delimit ? 8'd0 : byte_i;
  wire [7:0] write_address = close ? code_q[7:0] : write_q[7:0];

  always @(posedge clk_i) begin
    if (close || delimit || take) mem[write_address] <= write_data;
    read_data_q <= mem[read_q[7:0]];
  end

  always @(posedge clk_i) begin
    if (reset_i) begin
      state_q <= IDLE;
      write_q <= 9'd0;
      read_q <= 9'd0;
      code_q <= 9'd0;
      fetched_q <= 1'b0;
    end else begin
      fetched_q <= read_q != code_q && !(fetched_q && ready_i);
      if (fetched_q && ready_i) read_q <= read_q + 1'b1;

      if (advance) write_q <= write_q + 1'b1;
      if (mark) code_q <= write_q;
      if (mark) count_q <= 8'd1;
      else if (take) count_q <= count_q + 1'b1;

      case (state_q)
        IDLE: if (delimit) state_q <= OPEN;
        OPEN: if (room) state_q <= BODY;
        BODY: if (take) begin
          if (last_i) state_q <= LAST;
          else if (!zero && count_q == 8'd254) state_q <= FULL;
        end
        FULL: if (room) state_q <= BODY;
        LAST: state_q <= DELIMITER;
        DELIMITER: if (room) state_q <= SHOW;
        default: state_q <= IDLE;
      endcase
    end
  end
endmodule

`default_nettype wire
