#include "frame.h"

#include "kernels.h"
#include "layout.h"
#include "port.h"

// CRC register after any message and its own CRC.
#define RESIDUE 0xb798b438u
#define CRC_START 0xffffffffu
// A COBS block of so many bytes has no 00 behind it.
#define BLOCK_MAX 254

uint16_t frames_bad;

// Receiver. Decoding and CRC go along with the bytes: when the last one comes, the frame is done, and
// the next may follow at once.
static uint16_t rx_length;
static uint8_t rx_block; // bytes until the next code byte
static bool rx_started, rx_zero, rx_bad;
static uint32_t rx_crc;

static void receive_decoded(uint8_t byte) {
  if (rx_length == FRAME_BYTES_MAX) {
    rx_bad = true;
    return;
  }
  u32 at = RX_AT + rx_length++;
  nomul_memory[at] = byte;
  rx_crc = nomul_crc32c_update(rx_crc, at, 1);
}

static bool frame_is_sound(void) {
  return !rx_bad && rx_block == 0 && rx_length >= FRAME_DATA_AT + FRAME_CRC_BYTES &&
         rx_crc == RESIDUE &&
         load16(RX_AT + NOMUL_FRAME_HEADER_LENGTH_AT) ==
             rx_length - NOMUL_FRAME_HEADER_BYTES - FRAME_CRC_BYTES;
}

bool frame_receive(uint8_t byte) {
  if (byte == 0) {
    bool sound = rx_started && frame_is_sound();
    if (rx_started && !sound) frames_bad++;
    rx_started = rx_zero = rx_bad = false;
    rx_length = rx_block = 0;
    rx_crc = CRC_START;
    // A reply is our own echo.
    return sound && !(nomul_memory[RX_AT + NOMUL_FRAME_HEADER_STATUS_AT] & NOMUL_FLAG_REPLY);
  }
  if (rx_block) {
    rx_block--;
    receive_decoded(byte);
    return false;
  }
  if (!rx_started) rx_crc = CRC_START;
  rx_started = true;
  if (rx_zero) receive_decoded(0);
  rx_block = byte - 1;
  rx_zero = rx_block != BLOCK_MAX;
  return false;
}

// Sender
static uint8_t tx_block[BLOCK_MAX];
static uint8_t tx_fill;
static uint32_t tx_crc;

static void send_block(void) {
  port_write(tx_fill + 1);
  for (uint32_t i = 0; i < tx_fill; i++) port_write(tx_block[i]);
  tx_fill = 0;
}

static void send_byte(uint8_t byte) {
  if (byte) tx_block[tx_fill++] = byte;
  if (!byte || tx_fill == BLOCK_MAX) send_block();
}

void frame_bytes(uint32_t at, uint32_t length) {
  tx_crc = nomul_crc32c_update(tx_crc, at, length);
  for (uint32_t end = at + length; at < end; at++) send_byte(nomul_memory[at]);
}

void frame_take(void) {
  for (u32 i = 0; i < FRAME_DATA_AT; i++) nomul_memory[TX_AT + i] = nomul_memory[RX_AT + i];
}

void frame_begin(uint32_t status, uint32_t data_bytes) {
  uint32_t command = nomul_memory[TX_AT + NOMUL_FRAME_HEADER_KIND_AT] & 31;
  nomul_memory[TX_AT + NOMUL_FRAME_HEADER_KIND_AT] = NOMUL_LINK_VERSION << 5 | command;
  nomul_memory[TX_AT + NOMUL_FRAME_HEADER_STATUS_AT] = NOMUL_FLAG_REPLY | status;
  store16(TX_AT + NOMUL_FRAME_HEADER_LENGTH_AT, FRAME_ARGUMENT_BYTES + data_bytes);
  tx_crc = CRC_START;
  tx_fill = 0;
  port_write(0);
  frame_bytes(TX_AT, FRAME_DATA_AT);
}

void frame_end(void) {
  uint32_t crc = ~tx_crc;
  for (int i = 0; i < FRAME_CRC_BYTES; i++, crc >>= 8) send_byte(crc);
  send_block();
  port_write(0);
}
