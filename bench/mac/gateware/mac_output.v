`default_nettype none

// Output stage: y = sat((total + bias + round) >> shift), round = half. Hidden layers give u8, which
// is ReLU as well; a wide one i16. v >> shift with rounding half up is v >> shift plus the last bit
// shifted out.
module mac_output (
  input  wire        clk_i,
  // Record of an output: comes before its total, and no sooner than five clocks after the last one
  input  wire        record_valid_i,
  input  wire [25:0] bias_i, // signed; packing proves that total + bias fits in 26 bits
  input  wire [4:0]  shift_i,
  input  wire        wide_i,
  // Total
  input  wire        total_valid_i,
  input  wire [25:0] total_i,
  // Output, two clocks after its total
  output wire        write_o,
  output wire [15:0] data_o
);
  reg [25:0] bias_q;
  reg [4:0] next_shift_q;

  // Shift by eights, then by ones. One bit below the binary point is kept: the last shifted out.
  reg sum_valid_q;
  reg [25:0] sum_q;
  reg [4:0] shift_q;
  wire sign = sum_q[25];
  reg [26:0] coarse;
  always @* case (shift_q[4:3])
    2'd0: coarse = {sum_q, 1'b0};
    2'd1: coarse = {{8{sign}}, sum_q[25:7]};
    2'd2: coarse = {{16{sign}}, sum_q[25:15]};
    default: coarse = {{24{sign}}, sum_q[25:23]};
  endcase
  wire [19:0] fine4 = shift_q[2] ? coarse[23:4] : coarse[19:0];
  wire [17:0] fine2 = shift_q[1] ? fine4[19:2] : fine4[17:0];
  wire [16:0] fine = shift_q[0] ? fine2[17:1] : fine2[16:0];

  // Bits of coarse that the finer shift leaves at or above an i16's sign must equal the sign.
  wire [10:0] above = (coarse[26:16] ^ {11{sign}}) >> shift_q[2:0];

  // Round, saturate
  reg round_valid_q;
  reg [16:0] fine_q;
  reg above_q, sign_q;
  wire [16:0] rounded = {fine_q[16], fine_q[16:1]} + {16'd0, fine_q[0]};
  wire fits_wide = !above_q && rounded[16] == rounded[15];
  wire fits = !above_q && rounded[16:8] == 9'd0;
  wire [15:0] wide = fits_wide ? rounded[15:0] : {sign_q, {15{!sign_q}}};
  wire [7:0] narrow = fits ? rounded[7:0] : {8{!sign_q}};

  assign write_o = round_valid_q;
  assign data_o = wide_i ? wide : {narrow, narrow};

  always @(posedge clk_i) begin
    if (record_valid_i) {next_shift_q, bias_q} <= {shift_i, bias_i};
    sum_valid_q <= total_valid_i;
    sum_q <= total_i + bias_q;
    shift_q <= next_shift_q;
    round_valid_q <= sum_valid_q;
    fine_q <= fine;
    above_q <= above != 11'd0;
    sign_q <= sign;
  end
endmodule

`default_nettype wire
