`default_nettype none

// 2048 u8 activations in rows of eight. Results of a wide layer are i16 and lie in two of them.
module mac_activation_memory (
  input  wire        clk_i,
  // Write one element, or with wide_i two from an even one on
  input  wire        write_i,
  input  wire        wide_i,
  input  wire [10:0] element_i,
  input  wire [15:0] data_i, // one element: the same in both halves
  // Read: follows address_i, an even element's, by one clock
  input  wire [9:0]  address_i,
  output reg  [63:0] row_o,
  output wire [15:0] half_o
);
  (* no_rw_check *) reg [63:0] mem [0:255]; // nobody uses what he reads while another writes
  reg [1:0] half_q;
  integer i;

  assign half_o = row_o[16*half_q +: 16];

  always @(posedge clk_i) begin
    for (i = 0; i < 8; i = i + 1)
      if (write_i && element_i[2:1] == i[2:1] && (wide_i || element_i[0] == i[0]))
        mem[element_i[10:3]][8*i +: 8] <= data_i[8*(i%2) +: 8];
    row_o <= mem[address_i[9:2]];
    half_q <= address_i[1:0];
  end
endmodule

`default_nettype wire
