#include "link.h"

#include "frame.h"
#include "image.h"
#include "kernels.h"
#include "layout.h"
#include "port.h"
#include "slots.h"
#include "trap.h"

#define DEFAULT_CLOCKS ((NOMUL_CLOCK_HZ + NOMUL_BAUD / 2) / NOMUL_BAUD)
// So long a rate is on trial.
#define TRIAL_CYCLES (NOMUL_CLOCK_HZ / 10 * 6)
#define OUTPUTS_IN_REPLY ((NOMUL_LINK_DATA_MAX - 4) / 2)
#define TRACE_IN_REPLY (NOMUL_LINK_DATA_MAX / 2)

// The request under way: its argument, the bytes of its data, and the first word of them.
static uint32_t command, argument, length, operand;
// The reply's data: words at TX_DATA_AT, then bytes of linear memory.
static uint32_t reply_words, reply_at, reply_bytes;

static uint16_t frames_good, frames_dropped;
static uint32_t last_cycles;
static uint32_t clocks = DEFAULT_CLOCKS;
static bool on_trial; // since trial_start something came, or the rate was changed, and no good frame
static uint32_t trial_start;

static void reply_word(uint32_t word) { store32(TX_DATA_AT + 4 * reply_words++, word); }

// HELLO's reply; docs/link.md has the layout.
static const struct {
  uint8_t protocol, device_kind, slots, window, lanes, accumulator_bits;
  uint16_t data_bytes;
  uint32_t table_bytes, parameter_bytes, arena_elements, output_elements, operators, clock_hz, baud,
      max_baud, firmware;
  char board[20];
} hello = {
    .protocol = NOMUL_LINK_VERSION,
    .device_kind = 2,
    .slots = NOMUL_SLOTS,
    .window = NOMUL_WINDOW,
    .lanes = 0,
    .accumulator_bits = 32,
    .data_bytes = NOMUL_LINK_DATA_MAX,
    .table_bytes = NOMUL_TABLE_BYTES,
    .parameter_bytes = NOMUL_PARAMETER_BYTES,
    .arena_elements = NOMUL_ARENA_ELEMENTS,
    .output_elements = NOMUL_OUTPUTS,
    .operators = NOMUL_OPERATORS,
    .clock_hz = NOMUL_CLOCK_HZ,
    .baud = NOMUL_BAUD,
    .max_baud = NOMUL_CLOCK_HZ / NOMUL_BAUD_CLOCKS_MIN,
    .firmware = NOMUL_FIRMWARE,
    .board = NOMUL_BOARD,
};
_Static_assert(sizeof hello == NOMUL_HELLO_BYTES, "as the spec places it");
_Static_assert(__builtin_offsetof(__typeof__(hello), board) == NOMUL_HELLO_BOARD_AT, "likewise");

static uint32_t answer_hello(void) {
  const nomul_u32 *words = (const nomul_u32 *)&hello;
  for (uint32_t i = 0; i < NOMUL_HELLO_BYTES / 4; i++) reply_word(words[i]);
  return NOMUL_STATUS_OK;
}

static uint32_t answer_status(void) {
  reply_word(image.state | slots.flags << 8 | (uint32_t)frames_dropped << 16);
  reply_word(frames_bad | (uint32_t)frames_good << 16);
  reply_word(image.device_bytes);
  reply_word(image.table_offset);
  reply_word(image.crc);
  reply_word(last_cycles);
  reply_word(port_cycles());
  // Maker is the id's first byte, size its third.
  reply_word(slots.sequence | (slots.flash_id & 0xff) << 16 | (slots.flash_id >> 16 & 0xff) << 24);
  return NOMUL_STATUS_OK;
}

static uint32_t answer_begin(void) {
  uint32_t status = image_sizes(argument, operand);
  if (status != NOMUL_STATUS_OK) return status;
  image_open(argument, operand);
  slots_forget();
  return NOMUL_STATUS_OK;
}

// [offset, offset + bytes) lies within the device part.
static bool in_image(uint32_t offset, uint32_t bytes) {
  return offset <= image.device_bytes && bytes <= image.device_bytes - offset;
}

static uint32_t answer_data(void) {
  if (image.state != NOMUL_SLOT_OPEN) return NOMUL_STATUS_NOT_OPEN;
  if (!in_image(argument, length)) return NOMUL_STATUS_OUT_OF_RANGE;
  __builtin_memcpy(nomul_memory + DEVICE_AT + argument, nomul_memory + RX_AT + FRAME_DATA_AT,
                   length);
  return NOMUL_STATUS_OK;
}

static uint32_t answer_digest(void) {
  if (image.state == NOMUL_SLOT_EMPTY) return NOMUL_STATUS_NOT_OPEN;
  if (operand == 0 || !in_image(argument, operand)) return NOMUL_STATUS_OUT_OF_RANGE;
  reply_word(image_digest(argument, operand));
  return NOMUL_STATUS_OK;
}

static uint32_t answer_commit(void) {
  bool names_image = image.state == NOMUL_SLOT_COMMITTED && argument == image.crc;
  if (image.state != NOMUL_SLOT_OPEN && !names_image) return NOMUL_STATUS_NOT_OPEN;
  return image_commit(argument);
}

static uint32_t answer_infer(void) {
  if (image.state != NOMUL_SLOT_COMMITTED) return NOMUL_STATUS_NO_IMAGE;
  uint32_t type = load16(DEVICE_AT + NOMUL_PROGRAM_HEADER_INPUT_TYPE_AT);
  uint32_t inputs = load16(DEVICE_AT + NOMUL_PROGRAM_HEADER_INPUT_ELEMENTS_AT);
  if (length != inputs << (type == NOMUL_INPUT_I16)) return NOMUL_STATUS_BAD_LENGTH;
  uint32_t outputs = nomul_program_output_elements(DEVICE_AT);
  if (outputs > OUTPUTS_IN_REPLY) return NOMUL_STATUS_OUT_OF_RANGE;
  nomul_program_load(DEVICE_AT, ARENA_AT, RX_AT + FRAME_DATA_AT);
  uint32_t start = port_cycles();
  uint32_t status = nomul_program_run(DEVICE_AT, ARENA_AT, ACCUMULATORS_AT, argument);
  uint32_t cycles = port_cycles() - start;
  if (status != NOMUL_STATUS_OK) return status;
  last_cycles = cycles;
  reply_word(cycles);
  reply_at = nomul_program_outputs(DEVICE_AT, ARENA_AT);
  reply_bytes = 2 * outputs;
  return NOMUL_STATUS_OK;
}

static uint32_t answer_trace(void) {
  if (image.state != NOMUL_SLOT_COMMITTED) return NOMUL_STATUS_NO_IMAGE;
  bool exist = argument <= NOMUL_ARENA_ELEMENTS && operand <= NOMUL_ARENA_ELEMENTS - argument;
  if (operand == 0 || operand > TRACE_IN_REPLY || !exist) return NOMUL_STATUS_OUT_OF_RANGE;
  reply_at = ARENA_AT + 2 * argument;
  reply_bytes = 2 * operand;
  return NOMUL_STATUS_OK;
}

// Between two inferences of a self-test: RESET ends it, all else is dropped.
static void hear_while_busy(void) {
  for (int byte = port_read(); byte >= 0; byte = port_read()) {
    if (!frame_receive(byte)) continue;
    if (nomul_memory[RX_AT + NOMUL_FRAME_HEADER_KIND_AT] ==
        (NOMUL_LINK_VERSION << 5 | NOMUL_CMD_RESET)) {
      port_reset();
    }
    frames_dropped++;
  }
}

static uint32_t answer_selftest(void) {
  if (image.state != NOMUL_SLOT_COMMITTED) return NOMUL_STATUS_NO_IMAGE;
  if (argument == 0 || operand == 0) return NOMUL_STATUS_OUT_OF_RANGE;
  uint32_t output_bytes = 2 * nomul_program_output_elements(DEVICE_AT);
  uint32_t outputs = nomul_program_outputs(DEVICE_AT, ARENA_AT);
  uint32_t crc = 0xffffffffu, seed = argument, cycles = 0;
  for (uint32_t left = operand; left; left--) {
    hear_while_busy();
    uint32_t start = port_cycles();
    seed = nomul_selftest_next(DEVICE_AT, ARENA_AT, ACCUMULATORS_AT, seed);
    cycles += port_cycles() - start;
    if (!seed) return NOMUL_STATUS_OUT_OF_RANGE;
    crc = nomul_crc32c_update(crc, outputs, output_bytes);
  }
  last_cycles = cycles;
  reply_word(~crc);
  reply_word(cycles);
  return NOMUL_STATUS_OK;
}

static uint32_t answer_baud(void) {
  bool exists = argument >= NOMUL_BAUD_CLOCKS_MIN && argument <= NOMUL_BAUD_CLOCKS_MAX;
  return exists ? NOMUL_STATUS_OK : NOMUL_STATUS_OUT_OF_RANGE;
}

static uint32_t answer_nothing(void) { return NOMUL_STATUS_OK; }
static uint32_t answer_store(void) { return slots_store(argument); }
static uint32_t answer_load(void) { return slots_load(argument); }
static uint32_t answer_confirm(void) { return slots_confirm(argument); }

// Data that a command takes: none, one word, or any number of bytes, which it checks itself.
enum { NONE, WORD, SOME, ANY };

static const struct {
  uint8_t data;
  uint32_t (*answer)(void);
} answers[] = {
    [NOMUL_CMD_HELLO] = {NONE, answer_hello},
    [NOMUL_CMD_BEGIN] = {WORD, answer_begin},
    [NOMUL_CMD_DATA] = {SOME, answer_data},
    [NOMUL_CMD_DIGEST] = {WORD, answer_digest},
    [NOMUL_CMD_COMMIT] = {NONE, answer_commit},
    [NOMUL_CMD_INFER] = {ANY, answer_infer},
    [NOMUL_CMD_TRACE] = {WORD, answer_trace},
    [NOMUL_CMD_SELFTEST] = {WORD, answer_selftest},
    [NOMUL_CMD_STATUS] = {NONE, answer_status},
    [NOMUL_CMD_BAUD] = {NONE, answer_baud},
    [NOMUL_CMD_RESET] = {NONE, answer_nothing},
    [NOMUL_CMD_STORE] = {NONE, answer_store},
    [NOMUL_CMD_LOAD] = {NONE, answer_load},
    [NOMUL_CMD_CONFIRM] = {NONE, answer_confirm},
};

static bool length_fits(uint32_t data) {
  return data == NONE ? length == 0 : data == WORD ? length == 4 : data != SOME || length > 0;
}

static uint32_t execute(void) {
  uint32_t version = nomul_memory[RX_AT + NOMUL_FRAME_HEADER_KIND_AT] >> 5;
  bool known = command < sizeof answers / sizeof *answers && answers[command].answer;
  if (version != NOMUL_LINK_VERSION || !known) return NOMUL_STATUS_BAD_COMMAND;
  if (!length_fits(answers[command].data)) return NOMUL_STATUS_BAD_LENGTH;
  return answers[command].answer();
}

// What stopped in a trap would stop there again: the image is refused from now on.
static uint32_t execute_trapped(void) {
  uint32_t status = NOMUL_STATUS_OUT_OF_RANGE;
  if (trap_catch()) image.state = NOMUL_SLOT_EMPTY;
  else status = execute();
  return status;
}

void link_answer(void) {
  on_trial = false;
  frames_good++;
  frame_take();
  command = nomul_memory[RX_AT + NOMUL_FRAME_HEADER_KIND_AT] & 31;
  argument = load32(RX_AT + NOMUL_FRAME_HEADER_BYTES);
  length = load16(RX_AT + NOMUL_FRAME_HEADER_LENGTH_AT) - FRAME_ARGUMENT_BYTES;
  operand = load32(RX_AT + FRAME_DATA_AT);
  reply_words = reply_bytes = 0;
  uint32_t status = execute_trapped();
  if (status != NOMUL_STATUS_OK) reply_words = reply_bytes = 0;

  frame_begin(status, 4 * reply_words + reply_bytes);
  frame_bytes(TX_DATA_AT, 4 * reply_words);
  frame_bytes(reply_at, reply_bytes);
  frame_end();
  if (status != NOMUL_STATUS_OK) return;
  if (command == NOMUL_CMD_RESET) {
    port_drain();
    port_reset();
  }
  if (command == NOMUL_CMD_BAUD && argument != clocks) {
    port_drain();
    clocks = argument;
    port_baud(clocks);
    link_heard();
  }
}

void link_heard(void) {
  if (on_trial || clocks == DEFAULT_CLOCKS) return;
  on_trial = true;
  trial_start = port_cycles();
}

void link_idle(void) {
  if (!on_trial) {
    port_idle();
    return;
  }
  if (port_cycles() - trial_start < TRIAL_CYCLES) return;
  on_trial = false;
  clocks = DEFAULT_CLOCKS;
  port_baud(clocks);
}
