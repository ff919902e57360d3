// Where things lie in linear memory: byte offsets, all of them multiples of 8. Frames lie in it, too,
// because the kernels read inputs from a request and the CRC kernel reads requests and replies.
#ifndef NOMUL_LAYOUT_H
#define NOMUL_LAYOUT_H

#include "../generated/spec.h"
#include "memory.h"

#define FRAME_CRC_BYTES 4
#define FRAME_ARGUMENT_BYTES 4
#define FRAME_DATA_AT (NOMUL_FRAME_HEADER_BYTES + FRAME_ARGUMENT_BYTES)
#define FRAME_BYTES_MAX (FRAME_DATA_AT + NOMUL_LINK_DATA_MAX + FRAME_CRC_BYTES)

enum {
  RX_AT = 0,
  // A reply's header, argument, and data that is not in memory yet.
  TX_AT = RX_AT + FRAME_BYTES_MAX,
  TX_DATA_AT = TX_AT + FRAME_DATA_AT,
  ACCUMULATORS_AT = TX_AT + ((FRAME_DATA_AT + NOMUL_HELLO_BYTES + 7) & ~7),
  ARENA_AT = ACCUMULATORS_AT + 4 * NOMUL_OUTPUTS,
  DEVICE_AT = ARENA_AT + 2 * ((NOMUL_ARENA_ELEMENTS + 3) & ~3),
  MEMORY_END = DEVICE_AT + NOMUL_PARAMETER_BYTES + NOMUL_TABLE_BYTES
};

_Static_assert(FRAME_BYTES_MAX % 8 == 0, "what follows the frame is aligned");
_Static_assert(NOMUL_OUTPUTS % 8 == 0 && NOMUL_OUTPUTS <= 1024, "program_check asks for this");
_Static_assert(MEMORY_END == NOMUL_MEMORY_BYTES, "host/mcu/config.ts computes the same size");

static inline u16 load16(u32 at) { return *(nomul_u16 *)(nomul_memory + at); }
static inline u32 load32(u32 at) { return *(nomul_u32 *)(nomul_memory + at); }
static inline void store16(u32 at, u16 value) { *(nomul_u16 *)(nomul_memory + at) = value; }
static inline void store32(u32 at, u32 value) { *(nomul_u32 *)(nomul_memory + at) = value; }

#endif
