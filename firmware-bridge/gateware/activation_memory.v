`default_nettype none

// Activation arena: 1024 i16 elements in four interleaved banks (element e in bank e mod 4), so that
// four aligned elements can be written at once.
module activation_memory (
  input  wire        clk_i,
  // Write: bank b gets data_i[16*b +: 16] at element {row_i, b}
  input  wire [3:0]  write_i,
  input  wire [7:0]  row_i,
  input  wire [63:0] data_i,
  // Read: element_o follows address_i by one clock
  input  wire [9:0]  address_i,
  output wire [15:0] element_o
);
  reg [15:0] bank0 [0:255];
  reg [15:0] bank1 [0:255];
  reg [15:0] bank2 [0:255];
  reg [15:0] bank3 [0:255];
  reg [15:0] read0_q, read1_q, read2_q, read3_q;
  reg [1:0] bank_q;

  assign element_o = bank_q[1] ? (bank_q[0] ? read3_q : read2_q) : (bank_q[0] ? read1_q : read0_q);

  always @(posedge clk_i) begin
    bank_q <= address_i[1:0];
    if (write_i[0]) bank0[row_i] <= data_i[15:0];
    if (write_i[1]) bank1[row_i] <= data_i[31:16];
    if (write_i[2]) bank2[row_i] <= data_i[47:32];
    if (write_i[3]) bank3[row_i] <= data_i[63:48];
    read0_q <= bank0[address_i[9:2]];
    read1_q <= bank1[address_i[9:2]];
    read2_q <= bank2[address_i[9:2]];
    read3_q <= bank3[address_i[9:2]];
  end
endmodule

`default_nettype wire
