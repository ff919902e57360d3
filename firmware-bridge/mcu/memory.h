// Linear memory of the kernels, and the loads and stores that wasm2c's functions use on it.
//
// An access names a base, which the kernel computed, and an offset, which is a constant. Memory has a
// constant size, so one comparison bounds both, and no sum is formed that could wrap. Accesses have
// their natural alignment, and the compiler is told so: where a core cannot load unaligned words
// (ARMv6-M), byte by byte is seven times slower.
#ifndef NOMUL_MEMORY_H
#define NOMUL_MEMORY_H

#include <stdint.h>

#include "board.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "Wasm memory is little-endian, and so must this processor be"
#endif

typedef int8_t s8;
typedef uint8_t u8;
typedef int16_t s16;
typedef uint16_t u16;
typedef int32_t s32;
typedef uint32_t u32;

// Every other type may look at these bytes.
typedef s8 __attribute__((may_alias)) nomul_s8;
typedef u8 __attribute__((may_alias)) nomul_u8;
typedef s16 __attribute__((may_alias)) nomul_s16;
typedef u16 __attribute__((may_alias)) nomul_u16;
typedef u32 __attribute__((may_alias)) nomul_u32;

#ifdef NOMUL_IN_PLACE
// Linear memory is the processor's own address space, so tables are read where they lie, in flash. What
// bounds accesses then is program_check alone.
_Static_assert(sizeof(void *) == 4, "a Wasm address has 32 bits");
#if NOMUL_CHECKED
#error "NOMUL_IN_PLACE has no end of memory that accesses could be checked against"
#endif
#define NOMUL_AT(at) ((uintptr_t)(at))
#else
extern u8 nomul_memory[NOMUL_MEMORY_BYTES];
#define NOMUL_AT(at) (nomul_memory + (at))
#endif

#if NOMUL_CHECKED
// An access outside memory was tried; nothing has been read or written.
_Noreturn void nomul_trap(void);
#define NOMUL_BOUND(base, offset, type)                                                        \
  if (__builtin_expect((base) > NOMUL_MEMORY_BYTES - sizeof(type) - (u32)(offset), 0)) \
    nomul_trap();
#else
// program_check has made sure that no kernel leaves memory: docs/mcu.md, "Without checks".
#define NOMUL_BOUND(base, offset, type)
#endif

#define NOMUL_LOAD(name, type, result)                               \
  static inline u32 name(u32 base, u32 offset) {                     \
    NOMUL_BOUND(base, offset, type)                                  \
    return (u32)(result) * (type *)NOMUL_AT(base + offset);            \
  }

#define NOMUL_STORE(name, type)                                     \
  static inline void name(u32 base, u32 offset, u32 value) {        \
    NOMUL_BOUND(base, offset, type)                                 \
    *(type *)NOMUL_AT(base + offset) = (type)value;                 \
  }

NOMUL_LOAD(i32_load, nomul_u32, u32)
NOMUL_LOAD(i32_load8_s, nomul_s8, s32)
NOMUL_LOAD(i32_load8_u, nomul_u8, u32)
NOMUL_LOAD(i32_load16_s, nomul_s16, s32)
NOMUL_LOAD(i32_load16_u, nomul_u16, u32)
NOMUL_STORE(i32_store, nomul_u32)
NOMUL_STORE(i32_store8, nomul_u8)
NOMUL_STORE(i32_store16, nomul_u16)

// What wasm2c's functions are written with.
#define FUNC_PROLOGUE
#define FUNC_EPILOGUE

#endif
