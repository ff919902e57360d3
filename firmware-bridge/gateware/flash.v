`default_nettype none

// One operation at a time of a serial NOR flash chip (JEDEC commands, 24-bit addresses): a prefix
// command of its own where it needs one, the command, and polls of the status register where it
// takes time. How many data bytes there are is the caller's business, byte by byte.
module flash (
  input  wire        clk_i,
  input  wire        reset_i,
  input  wire        tick_i, // four of them are longer than the chip may take
  // Operation: start_i begins it; the others are held until busy_o falls
  input  wire        start_i,
  input  wire [1:0]  operation_i,
  input  wire [23:0] address_i,
  output wire        busy_o, // from the next clock on
  output reg         failed_o, // the last operation was not finished in time
  // Data: step_o says, with read_o, that byte_o was read; else it asks for a byte to write, which
  // write_take_o takes
  input  wire        more_i, // there is another byte
  input  wire        page_end_i, // the last byte that was asked for ends a page
  output wire        step_o,
  output wire        read_o,
  output wire [7:0]  byte_o,
  input  wire [7:0]  write_byte_i,
  input  wire        write_valid_i,
  output wire        write_take_o,
  // Pins
  output wire        cs_n_o,
  output wire        sck_o,
  output wire        mosi_o,
  input  wire        miso_i
);
  // Operations; the upper bit: it changes the chip.
  localparam [1:0] READ = 2'd0, IDENTIFY = 2'd1, PROGRAM = 2'd2, ERASE = 2'd3;
  localparam [7:0]
    COMMAND_WRITE_ENABLE = 8'h06, COMMAND_WAKE = 8'hab, COMMAND_STATUS = 8'h05,
    COMMAND_FAST_READ = 8'h0b, COMMAND_IDENTIFY = 8'h9f, COMMAND_PROGRAM = 8'h02,
    COMMAND_ERASE_SECTOR = 8'h20;
  localparam [3:0]
    IDLE = 4'd0, PREFIX = 4'd1, COMMAND = 4'd2, HIGH = 4'd3, MIDDLE = 4'd4, LOW = 4'd5,
    DUMMY = 4'd6, READING = 4'd7, ASK = 4'd8, WRITE = 4'd9, POLL = 4'd10, STATUS = 4'd11,
    PAUSE = 4'd12;

  reg [3:0] state_q;
  reg commanded_q; // the command itself is out
  reg sent_q; // this state's byte is on its way or through
  reg [7:0] pause_q; // 256 clocks: a chip that wakes needs 3 us
  reg [2:0] ticks_q;
  reg cs_n_q;
  reg [7:0] send;
  wire spi_busy;

  wire changes = operation_i[1];
  wire sends = state_q == READING ? more_i : state_q == WRITE ? write_valid_i :
               state_q != IDLE && state_q != ASK && state_q != PAUSE;
  wire spi_start = sends && !sent_q;
  wire sent = sent_q && !spi_busy;

  assign busy_o = state_q != IDLE;
  assign cs_n_o = cs_n_q;
  assign read_o = state_q == READING && sent; // does not wait for more_i, which comes late
  assign step_o = read_o || (state_q == ASK && more_i);
  assign write_take_o = state_q == WRITE && spi_start;

  always @* case (state_q)
    PREFIX: send = operation_i == IDENTIFY ? COMMAND_WAKE : COMMAND_WRITE_ENABLE;
    COMMAND: case (operation_i)
      READ: send = COMMAND_FAST_READ;
      IDENTIFY: send = COMMAND_IDENTIFY;
      PROGRAM: send = COMMAND_PROGRAM;
      default: send = COMMAND_ERASE_SECTOR;
    endcase
    HIGH: send = address_i[23:16];
    MIDDLE: send = address_i[15:8];
    LOW: send = address_i[7:0];
    WRITE: send = write_byte_i;
    default: send = COMMAND_STATUS; // or a byte that the chip ignores
  endcase

  spi_master u_spi_master (
    .clk_i(clk_i),
    .reset_i(reset_i),
    .start_i(spi_start),
    .byte_i(send),
    .busy_o(spi_busy),
    .byte_o(byte_o),
    .sck_o(sck_o),
    .mosi_o(mosi_o),
    .miso_i(miso_i)
  );

  always @(posedge clk_i) begin
    pause_q <= state_q == PAUSE ? pause_q + 1'b1 : 8'd0;
    if (!commanded_q) ticks_q <= 3'd0;
    else if (tick_i && !ticks_q[2]) ticks_q <= ticks_q + 1'b1;

    if (reset_i) begin
      state_q <= IDLE;
      sent_q <= 1'b0;
      cs_n_q <= 1'b1;
    end else begin
      cs_n_q <= state_q == IDLE || state_q == PAUSE;
      if (spi_start) sent_q <= 1'b1;
      else if (sent) sent_q <= 1'b0;

      case (state_q)
        IDLE: begin
          commanded_q <= 1'b0;
          if (start_i) begin
            failed_o <= 1'b0;
            state_q <= operation_i == READ ? COMMAND : PREFIX;
          end
        end
        PREFIX: if (sent) state_q <= PAUSE;
        COMMAND: begin
          commanded_q <= 1'b1;
          if (sent) state_q <= operation_i == IDENTIFY ? READING : HIGH;
        end
        HIGH: if (sent) state_q <= MIDDLE;
        MIDDLE: if (sent) state_q <= LOW;
        LOW: if (sent) state_q <= !changes ? DUMMY : operation_i == ERASE ? PAUSE : ASK;
        DUMMY: if (sent) state_q <= READING;
        READING: if (!more_i && !sent_q) state_q <= PAUSE;
        ASK: state_q <= more_i ? WRITE : PAUSE;
        WRITE: if (sent) state_q <= page_end_i ? PAUSE : ASK;
        POLL: if (sent) state_q <= STATUS;
        STATUS: if (sent) begin
          if (!byte_o[0]) state_q <= IDLE;
          else if (ticks_q[2]) begin
            failed_o <= 1'b1;
            state_q <= IDLE;
          end else state_q <= PAUSE;
        end
        default: if (&pause_q) state_q <= !commanded_q ? COMMAND : changes ? POLL : IDLE;
      endcase
    end
  end
endmodule

`default_nettype wire
