// What every Cortex-M has: the cycle counter, sleep, restart.
#ifndef NOMUL_SYSTICK_H
#define NOMUL_SYSTICK_H

#include <stdbool.h>
#include <stdint.h>

void systick_start(void);
void systick_handler(void);
uint32_t systick_cycles(void);

// Sleeps until an interrupt is pending, unless `ready` holds. The one of the UART wakes the processor
// but is masked, so no byte arrives between the question and the sleep.
void idle_cortex_m(uint32_t uart_irq, bool (*ready)(void));

// For processors that take the interrupt although it is masked, as rp2040js does: no more of them.
void wake_handler(void);

_Noreturn void cortex_m_reset(void);

#endif
