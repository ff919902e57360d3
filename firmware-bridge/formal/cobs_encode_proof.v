`default_nettype none

// The bytes that cobs_encode sends are the definition's, place by place: for every frame a
// delimiter, its code, a delimiter. Data are followed for one place (modulo 512), which may be any
// one; the definition decides it when a byte is taken, and the line may have it only then.
module cobs_encode_proof (
  input  wire       clk_i,
  input  wire       reset_i,
  input  wire [7:0] byte_i,
  input  wire       last_i,
  input  wire       valid_i,
  input  wire       ready_i,
  input  wire [7:0] other_i, // what other words of the queue read
  output wire       reached_o
);
  localparam [2:0]
    IDLE = 3'd0, OPEN = 3'd1, BODY = 3'd2, FULL = 3'd3, LAST = 3'd4, DELIMITER = 3'd5, SHOW = 3'd6;

  (* anyconst *) wire [8:0] followed;
  wire [7:0] followed_word = followed[7:0];

  wire ready, line_valid, busy;
  wire [7:0] line_byte;
  wire take = ready && valid_i;

  cobs_encode dut (
    .clk_i(clk_i), .reset_i(reset_i), .byte_i(byte_i), .last_i(last_i), .valid_i(valid_i),
    .ready_o(ready), .byte_o(line_byte), .valid_o(line_valid), .ready_i(ready_i), .busy_o(busy)
  );

  reg begun_q = 1'b0;
  reg inside_q; // some of a frame was taken
  reg [8:0] place_q; // inside: next free place; else: of the next frame's first delimiter
  reg [8:0] code_at_q, last_code_at_q;
  reg [8:0] sent_q; // next place on the line
  reg [7:0] value_q; // of the place followed
  reg waits_q; // it is decided and was not sent
  wire [8:0] place = inside_q ? place_q : place_q + 9'd2;
  wire [8:0] code_at = inside_q ? code_at_q : place_q + 9'd1;
  wire data, close;
  wire [7:0] code, last_code;
  wire [8:0] next_place, next_code_at;

  cobs_encode_definition definition (
    .place_i(place), .code_at_i(code_at), .byte_i(byte_i), .last_i(last_i), .data_o(data),
    .close_o(close), .code_o(code), .place_o(next_place), .code_at_o(next_code_at),
    .last_code_o(last_code)
  );

  // What this byte decides of the place followed
  wire is_data = data && followed == place;
  wire is_code = close && followed == code_at;
  wire is_last_code = last_i && followed == next_code_at;
  // The delimiters behind this frame and before the next
  wire is_delimiter = last_i && (followed == next_place || followed == next_place + 9'd1);
  wire decided = take && (is_data || is_code || is_last_code || is_delimiter);

  always @(posedge clk_i) begin
    if (reset_i) begin
      begun_q <= 1'b1;
      inside_q <= 1'b0;
      place_q <= 9'd0;
      sent_q <= 9'd0;
      value_q <= 8'd0;
      waits_q <= followed == 9'd0;
    end else begin
      if (line_valid && ready_i) sent_q <= sent_q + 9'd1;
      if (take) begin
        inside_q <= !last_i;
        place_q <= last_i ? next_place + 9'd1 : next_place;
        code_at_q <= next_code_at;
        last_code_at_q <= next_code_at;
      end
      if (decided) begin
        value_q <= is_data ? byte_i : is_code ? code : is_last_code ? last_code : 8'd0;
        waits_q <= 1'b1;
      end else if (line_valid && ready_i && sent_q == followed) waits_q <= 1'b0;
    end
  end

  // Registers of the module, connected by the prover
  wire [7:0] dut_word; // where the place followed lies
  wire [2:0] dut_state;
  wire [8:0] dut_write, dut_read, dut_code;
  wire [7:0] dut_count;
  wire [8:0] used = dut_write - dut_read;
  wire [8:0] shown = dut_code - dut_read;
  wire [8:0] ahead = followed - dut_read;
  wire [8:0] open = dut_write - dut_code;
  // The place of a code that was not written yet
  wire code_open = dut_state == BODY || dut_state == FULL || dut_state == LAST;

  always @* assume (begun_q || reset_i);

  always @* if (begun_q) begin
    // For the induction: how far the module is behind the definition, state by state
    assert (dut_read == sent_q && used <= 9'd256 && shown <= used);
    assert (!line_valid || shown != 9'd0);
    case (dut_state)
      IDLE: assert (!inside_q && dut_write == place_q && dut_code == place_q);
      OPEN: assert (!inside_q && dut_write == place_q + 9'd1 &&
        (dut_code == place_q || dut_code == dut_write));
      BODY: assert (dut_write == place && dut_code == code_at && open <= 9'd254);
      FULL: assert (inside_q && dut_write == code_at_q && place_q == code_at_q + 9'd1 &&
        open == 9'd255);
      LAST: assert (!inside_q && dut_write == place_q - 9'd1 && dut_code == last_code_at_q);
      DELIMITER: assert (!inside_q && dut_write == place_q - 9'd1 && dut_code == dut_write);
      SHOW: assert (!inside_q && dut_write == place_q && dut_code == place_q - 9'd1);
      default: assert (1'b0);
    endcase
    if (code_open) assert (open >= 9'd1 && open <= 9'd255 && dut_count == open[7:0]);
    if (ahead < used && !(code_open && followed == dut_code)) begin
      assert (waits_q && dut_word == value_q);
    end
    if (code_open && dut_state != BODY && followed == dut_code) begin
      assert (waits_q && value_q == dut_count);
    end
    // Delimiters that are decided, but not written
    if (dut_state == IDLE && followed == place_q) assert (waits_q && value_q == 8'd0);
    if ((dut_state == LAST || dut_state == DELIMITER || dut_state == SHOW) &&
        (followed == place_q || (dut_state != SHOW && followed == place_q - 9'd1))) begin
      assert (waits_q && value_q == 8'd0);
    end

    if (line_valid && sent_q == followed) assert (waits_q && line_byte == value_q);
    if (!busy) assert (!inside_q && sent_q == place_q);
  end

  // A frame of two blocks, sent up to its last code
  assign reached_o = begun_q && followed == 9'd3 && line_valid && ready_i && sent_q == 9'd3 &&
    line_byte == 8'd2;
endmodule

`default_nettype wire
