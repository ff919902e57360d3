`default_nettype none

// Activation arena: 1024 i16 elements in four interleaved banks (element e in bank e mod 4), so
// that four aligned elements can be written at once.
module activation_memory (
  input  wire        clk_i,
  // Write: one element, or with quad_write_i the four that element_i lies in
  input  wire        write_i,
  input  wire        quad_write_i,
  input  wire [9:0]  element_i,
  input  wire [15:0] data_i,
  input  wire [63:0] quad_i, // lowest element lowest
  // Read: element_o follows address_i by one clock
  input  wire [9:0]  address_i,
  output wire [15:0] element_o
);
  // Nobody uses what he reads while another writes.
  (* no_rw_check *) reg [15:0] bank0 [0:255];
  (* no_rw_check *) reg [15:0] bank1 [0:255];
  (* no_rw_check *) reg [15:0] bank2 [0:255];
  (* no_rw_check *) reg [15:0] bank3 [0:255];
  reg [15:0] read0_q, read1_q, read2_q, read3_q;
  reg [1:0] bank_q;

  wire [7:0] row = element_i[9:2];
  wire [3:0] write = {4{quad_write_i}} | {3'd0, write_i} << element_i[1:0];
  wire [63:0] data = quad_write_i ? quad_i : {4{data_i}};

  assign element_o = bank_q[1] ? (bank_q[0] ? read3_q : read2_q) : (bank_q[0] ? read1_q : read0_q);

  always @(posedge clk_i) begin
    bank_q <= address_i[1:0];
    if (write[0]) bank0[row] <= data[15:0];
    if (write[1]) bank1[row] <= data[31:16];
    if (write[2]) bank2[row] <= data[47:32];
    if (write[3]) bank3[row] <= data[63:48];
    read0_q <= bank0[address_i[9:2]];
    read1_q <= bank1[address_i[9:2]];
    read2_q <= bank2[address_i[9:2]];
    read3_q <= bank3[address_i[9:2]];
  end
endmodule

`default_nettype wire
