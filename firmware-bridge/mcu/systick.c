#include "systick.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define SYST_CSR REGISTER(0xe000e010)
#define SYST_RVR REGISTER(0xe000e014)
#define SYST_CVR REGISTER(0xe000e018)
#define NVIC_ISER(irq) REGISTER(0xe000e100 + 4 * ((irq) / 32))
#define NVIC_ICER(irq) REGISTER(0xe000e180 + 4 * ((irq) / 32))
#define NVIC_ICPR(irq) REGISTER(0xe000e280 + 4 * ((irq) / 32))
#define SCB_AIRCR REGISTER(0xe000ed0c)

#define SYST_ENABLE_WITH_INTERRUPT_BY_PROCESSOR_CLOCK 7u
#define SYST_BITS 24
#define SYST_MAX ((1u << SYST_BITS) - 1)
#define AIRCR_KEY_SYSRESETREQ 0x05fa0004u

static volatile uint32_t wraps;

void systick_start(void) {
  SYST_RVR = SYST_MAX;
  SYST_CVR = 0;
  SYST_CSR = SYST_ENABLE_WITH_INTERRUPT_BY_PROCESSOR_CLOCK;
}

void systick_handler(void) { wraps++; }

uint32_t systick_cycles(void) {
  uint32_t before, value;
  do {
    before = wraps;
    value = SYST_CVR;
  } while (before != wraps);
  // The interrupt comes with 0, one cycle before the counter starts again from SYST_MAX.
  return (before << SYST_BITS) + (value ? SYST_MAX - value : ~0u);
}

void idle_cortex_m(uint32_t uart_irq, bool (*ready)(void)) {
  uint32_t bit = 1u << uart_irq % 32;
  __asm volatile("cpsid i" ::: "memory");
  NVIC_ICPR(uart_irq) = bit;
  NVIC_ISER(uart_irq) = bit;
  if (!ready()) __asm volatile("wfi" ::: "memory");
  NVIC_ICER(uart_irq) = bit;
  NVIC_ICPR(uart_irq) = bit;
  __asm volatile("dsb\n\tisb\n\tcpsie i" ::: "memory");
}

void wake_handler(void) {
  NVIC_ICER(0) = ~0u;
  NVIC_ICER(32) = ~0u;
}

void cortex_m_reset(void) {
  __asm volatile("dsb" ::: "memory");
  SCB_AIRCR = AIRCR_KEY_SYSRESETREQ;
  for (;;) __asm volatile("dsb");
}
