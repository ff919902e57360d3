// What the firmware wants from a chip. One file in port/ has all of it for a family of chips.
#ifndef NOMUL_PORT_H
#define NOMUL_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include "board.h"

// Clock, UART at NOMUL_BAUD (8N1), cycle counter.
void port_init(void);

// The next received byte, or -1.
int port_read(void);

// Sends a byte; waits for room.
void port_write(uint8_t byte);

// Waits until all bytes are sent, stop bit included.
void port_drain(void);

// Changes the line's rate to NOMUL_CLOCK_HZ / clocks.
void port_baud(uint32_t clocks);

// Sleeps until a byte may have come; may return earlier.
void port_idle(void);

// Cycles of NOMUL_CLOCK_HZ since reset, modulo 2^32.
uint32_t port_cycles(void);

// Restarts the chip.
_Noreturn void port_reset(void);

#if NOMUL_SLOTS
// The flash chip or controller. Addresses count from the start of flash.

// JEDEC id, first byte in the lowest bits; 0: no chip answers.
uint32_t port_flash_id(void);
// Memory-mapped, as the processor reads it.
const uint8_t *port_flash(uint32_t address);
// Erases FLASH_SECTOR bytes. False: the chip did not finish.
bool port_flash_erase(uint32_t address);
// Clears bits: 1..FLASH_PAGE bytes of one page, address and length multiples of 4.
bool port_flash_program(uint32_t address, const uint8_t *bytes, uint32_t length);
#endif

#endif
