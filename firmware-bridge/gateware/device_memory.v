`default_nettype none

// Device memory. Addresses below the table offset lie in parameter_memory, the others in
// table_memory. The link sees bytes, the engine words of the same memories.
module device_memory #(
  parameter [31:0] TABLE_BYTES = 32'd131072,
  parameter [31:0] PARAMETER_BYTES = 32'd6144,
  parameter integer LANES = 8 // or 16
) (
  input  wire        clk_i,
  input  wire        engine_i, // the engine owns the memories; else the link does
  // Link: byte_o follows address_i by one clock
  input  wire [12:0] table_offset_i, // a multiple of 8
  input  wire [17:0] address_i,
  input  wire        write_i,
  input  wire [7:0]  byte_i,
  output wire [7:0]  byte_o,
  // Engine: words follow their addresses by one clock
  input  wire [10:0] low_address_i, // of the lower half of a parameter word
  input  wire [10:0] high_address_i, // of the upper half
  output wire [31:0] parameter_o,
  input  wire [10:0] dims_address_i, // with 16 lanes: a parameter word more, from a copy
  output wire [31:0] dims_o,
  input  wire [13:0] table_address_i,
  output wire [8*LANES-1:0] table_o // the word at that address lowest
);
  wire [18:0] from_table = {1'b0, address_i} - {6'd0, table_offset_i};
  wire in_table = !from_table[18];
  wire [3:0] parameter_write = {3'd0, write_i && !in_table} << address_i[1:0];
  wire [7:0] table_write = {7'd0, write_i && in_table} << address_i[2:0];

  reg in_table_q;
  reg [2:0] lane_q;
  wire [7:0] table_byte = table_o[8*lane_q +: 8];
  wire [7:0] parameter_byte = parameter_o[8*lane_q[1:0] +: 8];
  assign byte_o = in_table_q ? table_byte : parameter_byte;

  // The table offset is a multiple of 8, so the lane needs no subtraction.
  always @(posedge clk_i) begin
    in_table_q <= in_table;
    lane_q <= address_i[2:0];
  end

  parameter_memory #(.BYTES(PARAMETER_BYTES)) u_parameter_memory (
    .clk_i(clk_i),
    .write_i(parameter_write),
    .byte_i(byte_i),
    .low_address_i(engine_i ? low_address_i : address_i[12:2]),
    .high_address_i(engine_i ? high_address_i : address_i[12:2]),
    .low_o(parameter_o[15:0]),
    .high_o(parameter_o[31:16])
  );

  generate
    if (LANES == 8) begin : g_single
      assign dims_o = 32'd0;
      wire unused = &{1'b0, dims_address_i};
    end else begin : g_copy
      wire [10:0] dims_address = engine_i ? dims_address_i : address_i[12:2];
      parameter_memory #(.BYTES(PARAMETER_BYTES)) u_dims_memory (
        .clk_i(clk_i),
        .write_i(parameter_write),
        .byte_i(byte_i),
        .low_address_i(dims_address),
        .high_address_i(dims_address),
        .low_o(dims_o[15:0]),
        .high_o(dims_o[31:16])
      );
    end
  endgenerate

  table_memory #(.BYTES(TABLE_BYTES), .LANES(LANES)) u_table_memory (
    .clk_i(clk_i),
    .address_i(engine_i ? table_address_i : from_table[16:3]),
    .write_i(table_write),
    .byte_i(byte_i),
    .words_o(table_o)
  );

  wire unused = &{1'b0, from_table[17], from_table[2:0]};
endmodule

`default_nettype wire
