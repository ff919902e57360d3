#include "trap.h"

#include "memory.h"

#if NOMUL_CHECKED
void *trap_environment[5];

_Noreturn void nomul_trap(void) { __builtin_longjmp(trap_environment, 1); }
#endif
