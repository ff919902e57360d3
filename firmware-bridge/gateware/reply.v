`default_nettype none
`include "spec.vh"

// Makes the bytes of one reply: header, argument, data; or of a slot's header, which is four words
// of STATUS' data with the next sequence number first. Two clocks a byte: choose, then hand over.
module reply #(
  parameter [511:0] HELLO = 512'd0 // first byte lowest
) (
  input  wire         clk_i,
  input  wire         reset_i,
  // Reply: start_i begins it; everything else is held until busy_o falls
  input  wire         start_i,
  output wire         busy_o,
  input  wire         slot_header_i,
  input  wire [7:0]   kind_i,
  input  wire [3:0]   status_i,
  input  wire [15:0]  session_i,
  input  wire [15:0]  sequence_i,
  input  wire [31:0]  argument_i,
  // Data, chosen by the command in kind_i
  input  wire [9:0]   trace_elements_i, // of TRACE
  input  wire [9:0]   output_elements_i, // of INFER
  input  wire [255:0] status_words_i, // eight words, first one lowest
  input  wire [31:0]  crc_i,
  input  wire [31:0]  cycles_i,
  input  wire [9:0]   first_element_i, // of TRACE; of INFER, less the two its cycles stand for
  output wire [9:0]   read_element_o,
  input  wire [15:0]  element_i,
  // Bytes, for frame_tx
  output wire [7:0]   byte_o,
  output wire         last_o,
  output wire         valid_o,
  input  wire         ready_i
);
  localparam integer HEAD = `NOMUL_FRAME_HEADER_BYTES + 4;
  localparam [11:0] START = -HEAD[11:0];
  // A slot's header begins so that its sizes and CRC lie where they do in STATUS.
  localparam integer SLOT_AT = `NOMUL_STATUS_DEVICE_BYTES_AT - `NOMUL_SLOT_HEADER_DEVICE_BYTES_AT;
  localparam integer SLOT_END_AT = SLOT_AT + `NOMUL_SLOT_HEADER_HEADER_CRC_AT;
  localparam [11:0] SLOT_START = SLOT_AT[11:0];
  localparam [10:0] SLOT_END = SLOT_END_AT[10:0];

  (* ram_style = "block" *)
  reg [7:0] hello [0:`NOMUL_HELLO_BYTES-1];
  integer i;
  initial for (i = 0; i < `NOMUL_HELLO_BYTES; i = i + 1) hello[i] = HELLO[8*i +: 8];

  reg busy_q;
  reg valid_q; // byte_q holds the byte at index_q
  reg element_q; // that byte comes from the activation memory instead
  reg is_hello_q; // or from the memory of HELLO
  reg [7:0] byte_q, hello_q;
  reg [11:0] index_q; // of the data byte; negative in header and argument

  wire [4:0] command = kind_i[4:0];
  reg [10:0] length; // bytes of data
  always @* begin
    case (command)
      `NOMUL_CMD_HELLO: length = `NOMUL_HELLO_BYTES;
      `NOMUL_CMD_DIGEST: length = 11'd4;
      `NOMUL_CMD_INFER: length = {output_elements_i, 1'b0} + 11'd4;
      `NOMUL_CMD_TRACE: length = {trace_elements_i, 1'b0};
      `NOMUL_CMD_SELFTEST: length = 11'd8;
      `NOMUL_CMD_STATUS: length = `NOMUL_STATUS_BYTES;
      default: length = 11'd0;
    endcase
    if (status_i != `NOMUL_STATUS_OK) length = 11'd0;
    if (slot_header_i) length = SLOT_END;
  end
  wire [15:0] frame_length = {5'd0, length} + 16'd4;
  wire [11:0] next_index = index_q + 1'b1;
  wire take = valid_q && ready_i;

  wire in_head = index_q[11];
  wire first_word = index_q[10:2] == 9'd0;
  wire infer = command == `NOMUL_CMD_INFER;

  // What is not an element: the word, then its byte. The header's three words lie at -12, -8, -4.
  wire is_status = command == `NOMUL_CMD_STATUS || slot_header_i;
  wire is_cycles = infer || !first_word;
  wire [2:0] status_word = index_q[4:2] | {3{slot_header_i && index_q[4:2] == SLOT_START[4:2]}};
  wire [3:0] choice = in_head ? {2'd0, index_q[3:2]} : is_status ? {1'b1, status_word}
                                                                 : {1'b0, is_cycles, 2'd0};
  // Cases, not a part-select of one long vector, which takes simulators twice the time of all else.
  reg [31:0] word;
  always @* case (choice)
    4'd0: word = crc_i;
    4'd1: word = {session_i, 1'b1, 3'd0, status_i, kind_i};
    4'd2: word = {frame_length, sequence_i};
    4'd3: word = argument_i;
    4'd8: word = status_words_i[31:0];
    4'd9: word = status_words_i[63:32];
    4'd10: word = status_words_i[95:64];
    4'd11: word = status_words_i[127:96];
    4'd12: word = status_words_i[159:128];
    4'd13: word = status_words_i[191:160];
    4'd14: word = status_words_i[223:192];
    4'd15:
      word = {status_words_i[255:240], status_words_i[239:224] + {15'd0, slot_header_i}};
    default: word = cycles_i;
  endcase
  wire [7:0] word_byte = word[8*index_q[1:0] +: 8];

  assign busy_o = busy_q;
  assign read_element_o = first_element_i + index_q[10:1];
  assign byte_o = element_q ? (index_q[0] ? element_i[15:8] : element_i[7:0]) :
                  is_hello_q ? hello_q : byte_q;
  assign valid_o = valid_q;
  assign last_o = next_index == {1'b0, length};

  always @(posedge clk_i) begin
    hello_q <= hello[index_q[5:0]];
    is_hello_q <= !in_head && command == `NOMUL_CMD_HELLO;
    byte_q <= word_byte;
    element_q <= !in_head && (command == `NOMUL_CMD_TRACE || (infer && !first_word));
    if (start_i) index_q <= slot_header_i ? SLOT_START : START;
    else if (take) index_q <= next_index;
    if (reset_i) begin
      busy_q <= 1'b0;
      valid_q <= 1'b0;
    end else begin
      if (start_i) busy_q <= 1'b1;
      else if (take && last_o) busy_q <= 1'b0;
      valid_q <= busy_q && !take;
    end
  end
endmodule

`default_nettype wire
