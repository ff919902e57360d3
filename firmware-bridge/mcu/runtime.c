// Memory, and what a compiler without a C library calls.
#include <stddef.h>

#include "memory.h"

// Not cleared at reset: the link tells what of it is an image.
u8 nomul_memory[NOMUL_MEMORY_BYTES] __attribute__((aligned(8), section(".linear")));

void *memcpy(void *restrict to, const void *restrict from, size_t length) {
  u8 *t = to;
  const u8 *f = from;
  while (length--) *t++ = *f++;
  return to;
}

void *memset(void *to, int value, size_t length) {
  u8 *t = to;
  while (length--) *t++ = (u8)value;
  return to;
}
