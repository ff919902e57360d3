`default_nettype none

// Table section: words of 64 bits, single port; a write leaves words_o unchanged (SPRAM has no read
// during write). Contents are undefined after configuration. With 8 lanes one array in the four SPRAM
// blocks; with 16, two in block RAM that answer together: even and odd words, at addresses of their own,
// so that two neighbours are read at once wherever the first one lies.
module table_memory #(
  parameter [31:0] BYTES = 32'd131072,
  parameter integer LANES = 8 // or 16
) (
  input  wire        clk_i,
  input  wire [13:0] address_i, // of a word
  // Write, per byte
  input  wire [7:0]  write_i,
  input  wire [7:0]  byte_i,
  // Read: follows address_i by one clock, the word at address_i lowest
  output wire [8*LANES-1:0] words_o
);
  integer i;
  generate
    if (LANES == 8) begin : g_spram
      (* ram_style = "huge" *)
      reg [63:0] mem [0:BYTES/8-1];
      reg [63:0] word_q;

      assign words_o = word_q;
      always @(posedge clk_i) begin
        for (i = 0; i < 8; i = i + 1) if (write_i[i]) mem[address_i][8*i +: 8] <= byte_i;
        if (write_i == 8'd0) word_q <= mem[address_i];
      end
    end else begin : g_bram
      localparam integer BITS = $clog2(BYTES / 16);
      // What is read while the link writes is not used.
      (* ram_style = "block", no_rw_check *) reg [63:0] even [0:BYTES/16-1];
      (* ram_style = "block", no_rw_check *) reg [63:0] odd [0:BYTES/16-1];
      reg [63:0] even_q, odd_q;
      reg swap_q;
      wire [BITS-1:0] odd_row = address_i[BITS:1];
      wire [BITS-1:0] even_row = odd_row + {{BITS-1{1'b0}}, address_i[0]};
      wire unused = &{1'b0, address_i};

      assign words_o = swap_q ? {even_q, odd_q} : {odd_q, even_q};
      // A byte to write is one of the word at address_i: of an odd one in odd, else in even.
      always @(posedge clk_i) begin
        for (i = 0; i < 8; i = i + 1) begin
          if (write_i[i] && !address_i[0]) even[even_row][8*i +: 8] <= byte_i;
          if (write_i[i] && address_i[0]) odd[odd_row][8*i +: 8] <= byte_i;
        end
        even_q <= even[even_row];
        odd_q <= odd[odd_row];
        swap_q <= address_i[0];
      end
    end
  endgenerate
endmodule

`default_nettype wire
