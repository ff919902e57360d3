// Two slots, A and B, in flash (docs/slots.md).
#ifndef NOMUL_SLOTS_H
#define NOMUL_SLOTS_H

#include <stdint.h>

#include "board.h"

struct slots {
  uint8_t flags; // NOMUL_SLOTS_*
  uint16_t sequence; // of the slot that boots; 0 when there is none
  uint32_t flash_id; // JEDEC, first byte in the lowest bits
};

#if NOMUL_SLOTS
extern struct slots slots;

// Reads the slot that boots into memory, as after power-on.
void slots_boot(void);
// Memory was opened for another image.
void slots_forget(void);
// STORE, LOAD and CONFIRM: a NOMUL_STATUS_*.
uint32_t slots_store(uint32_t argument);
uint32_t slots_load(uint32_t argument);
uint32_t slots_confirm(uint32_t argument);
#else
#include "../generated/spec.h"

static const struct slots slots = {0, 0, 0};
static inline void slots_boot(void) {}
static inline void slots_forget(void) {}
static inline uint32_t slots_store(uint32_t argument) { return NOMUL_STATUS_NO_FLASH; }
static inline uint32_t slots_load(uint32_t argument) { return NOMUL_STATUS_NO_FLASH; }
static inline uint32_t slots_confirm(uint32_t argument) { return NOMUL_STATUS_NO_FLASH; }
#endif

#endif
