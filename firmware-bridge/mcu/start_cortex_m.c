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

// No peripheral interrupt is ever taken (see idle_cortex_m), so the table ends with SysTick.
__attribute__((section(".vectors"), used)) static void *const vectors[16] = {
    stack_top,     reset_handler, fault_handler, fault_handler, fault_handler, fault_handler,
    fault_handler, fault_handler, fault_handler, fault_handler, fault_handler, fault_handler,
    fault_handler, fault_handler, fault_handler, systick_handler,
};
