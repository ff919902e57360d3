// A trap ends the request that led to it, and nothing else.
#ifndef NOMUL_TRAP_H
#define NOMUL_TRAP_H

#include "board.h"

#if NOMUL_CHECKED
extern void *trap_environment[5];
// False when called; true when a trap brings control back here.
#define trap_catch() __builtin_setjmp(trap_environment)
#else
#define trap_catch() 0
#endif

#endif
