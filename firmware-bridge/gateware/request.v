`default_nettype none
`include "spec.vh"

// The request under way. A slot's header comes into the same registers, so that one check serves
// BEGIN and headers: its sizes as BEGIN's argument and operand, then its CRC as COMMIT's argument.
module request (
  input  wire        clk_i,
  input  wire        reset_i,
  // Frame
  input  wire        accept_i,
  input  wire [7:0]  kind_i,
  input  wire [15:0] session_i,
  input  wire [15:0] sequence_i,
  input  wire [10:0] length_i,
  input  wire [31:0] argument_i,
  input  wire [31:0] operand_i,
  // Header
  input  wire [7:0]  byte_i,
  input  wire        argument_shift_i,
  input  wire        operand_shift_i,
  input  wire        restore_i, // the argument of LOAD, for the reply
  input  wire [1:0]  loaded_i, // LOAD_*
  // Held
  output reg  [7:0]  kind_o, // after reset that of LOAD, which booting is
  output reg  [15:0] session_o,
  output reg  [15:0] sequence_o,
  output reg  [10:0] length_o,
  output reg  [31:0] argument_o,
  output reg  [31:0] operand_o
);
  always @(posedge clk_i) begin
    if (accept_i) {session_o, sequence_o, length_o} <= {session_i, sequence_i, length_i};

    if (reset_i) kind_o <= `NOMUL_CMD_LOAD;
    else if (accept_i) kind_o <= kind_i;

    if (restore_i) argument_o <= {30'd0, loaded_i};
    else if (accept_i) argument_o <= argument_i;
    else if (argument_shift_i) argument_o <= {byte_i, argument_o[31:8]};

    if (accept_i) operand_o <= operand_i;
    else if (operand_shift_i) operand_o <= {byte_i, operand_o[31:8]};
  end
endmodule

`default_nettype wire
