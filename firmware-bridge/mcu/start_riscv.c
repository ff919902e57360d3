// Reset of an RV32 core that runs from where it was loaded.
#include <stdint.h>

#include "riscv.h"

extern uint32_t data_load[], data_start[], data_end[], bss_start[], bss_end[];
int main(void);

static _Noreturn void trapped(void);

__attribute__((naked, section(".start"), used)) void start(void) {
  __asm volatile(
      ".option push\n\t"
      ".option norelax\n\t"
      "la sp, stack_top\n\t"
      ".option pop\n\t"
      "j riscv_reset");
}

// A fault ends in a restart: the device answers again, without the image that was in memory.
__attribute__((aligned(4))) static _Noreturn void trapped(void) { start(); __builtin_unreachable(); }

__attribute__((used)) _Noreturn void riscv_reset(void) {
  __asm volatile(".option push\n\t.option arch, +zicsr\n\tcsrw mtvec, %0\n\t.option pop" ::"r"(trapped));
  for (uint32_t *to = data_start, *from = data_load; to < data_end;) *to++ = *from++;
  for (uint32_t *to = bss_start; to < bss_end;) *to++ = 0;
  main();
  start();
  __builtin_unreachable();
}
