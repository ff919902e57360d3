// What the RV32 cores have in common: the cycle counter, sleep, restart.
#ifndef NOMUL_RISCV_H
#define NOMUL_RISCV_H

#include <stdbool.h>
#include <stdint.h>

// Restarts the program; the core has no reset of its own.
void start(void);

// Lets external interrupts wake the core. They are never taken.
void riscv_start(void);
uint32_t riscv_cycles(void);
// Sleeps until an external interrupt is pending.
void riscv_wait(void);

#endif
