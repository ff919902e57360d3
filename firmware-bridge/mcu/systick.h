// What every Cortex-M has: the cycle counter, sleep, restart.
#ifndef NOMUL_SYSTICK_H
#define NOMUL_SYSTICK_H

#include <stdbool.h>
#include <stdint.h>

void systick_start(void);
void systick_handler(void);
uint32_t systick_cycles(void);

// Sleeps until an interrupt is pending, unless `ready` holds. The one of the UART wakes the processor
// but is never taken, so there is no handler and nothing to share with one.
void idle_cortex_m(uint32_t uart_irq, bool (*ready)(void));

_Noreturn void cortex_m_reset(void);

#endif
