// Vector table and reset of a Cortex-M.
#include <stdint.h>

#include "systick.h"

extern uint32_t data_load[], data_start[], data_end[], bss_start[], bss_end[], stack_top[];
int main(void);

// A fault ends in a restart: the device answers again, without the image that was in memory.
static _Noreturn void fault_handler(void) { cortex_m_reset(); }

static _Noreturn void reset_handler(void) {
  for (uint32_t *to = data_start, *from = data_load; to < data_end;) *to++ = *from++;
  for (uint32_t *to = bss_start; to < bss_end;) *to++ = 0;
  main();
  cortex_m_reset();
}

// Peripheral interrupts only wake the processor (see idle_cortex_m). UARTs have numbers below 40.
#define IRQS 40
__attribute__((section(".vectors"), used)) static void *const vectors[16 + IRQS] = {
    [0] = stack_top,
    [1] = reset_handler,
    [2 ... 14] = fault_handler,
    [15] = systick_handler,
    [16 ... 15 + IRQS] = wake_handler,
};
