// Frames: 00 | COBS( header | argument | data | CRC-32C ) | 00  (docs/link.md)
#ifndef NOMUL_FRAME_H
#define NOMUL_FRAME_H

#include <stdbool.h>
#include <stdint.h>

extern uint16_t frames_bad;

// Takes a received byte. True: it completed a sound request, which lies at RX_AT.
bool frame_receive(uint8_t byte);

// Keeps what the reply to the request at RX_AT repeats of it, so that RX_AT may be overwritten.
void frame_take(void);
// Begins the reply to the request that was taken.
void frame_begin(uint32_t status, uint32_t data_bytes);
// Sends bytes of linear memory.
void frame_bytes(uint32_t at, uint32_t length);
void frame_end(void);

#endif
