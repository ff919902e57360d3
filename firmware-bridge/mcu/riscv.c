#include "riscv.h"

// The compiler's multilibs have no zicsr, the assembler has.
#define CSR(text) ".option push\n\t.option arch, +zicsr\n\t" text "\n\t.option pop"
#define MIE_EXTERNAL (1u << 11)

void riscv_start(void) { __asm volatile(CSR("csrw mie, %0") ::"r"(MIE_EXTERNAL)); }

uint32_t riscv_cycles(void) {
  uint32_t cycles;
  __asm volatile(CSR("csrr %0, mcycle") : "=r"(cycles));
  return cycles;
}

void riscv_wait(void) { __asm volatile("wfi" ::: "memory"); }
