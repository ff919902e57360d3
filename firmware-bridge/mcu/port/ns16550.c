// QEMU's RV32 board "virt": a 16550 UART whose interrupt a PLIC hands on.
#include "../port.h"
#include "../riscv.h"

#define UART(offset) (*(volatile uint8_t *)(NOMUL_UART_BASE + (offset)))
#define DATA UART(0)
#define DIVISOR_LOW UART(0)
#define INTERRUPTS UART(1)
#define DIVISOR_HIGH UART(1)
#define FIFO_CONTROL UART(2)
#define LINE_CONTROL UART(3)
#define LINE_STATE UART(5)
#define LINE_8N1 3
#define LINE_DIVISOR 0x80
#define FIFO_ENABLE_CLEAR 7
#define INTERRUPT_RECEIVED 1
#define STATE_RECEIVED 1
#define STATE_ROOM 0x20
#define STATE_SILENT 0x40

#define PLIC(offset) (*(volatile uint32_t *)(NOMUL_PLIC_BASE + (offset)))
#define PLIC_PRIORITY(irq) PLIC(4 * (irq))
#define PLIC_ENABLE PLIC(0x2000)
#define PLIC_CLAIM PLIC(0x200004)

static bool ready(void) { return LINE_STATE & STATE_RECEIVED; }

void port_init(void) {
  port_baud(NOMUL_CLOCK_HZ / NOMUL_BAUD);
  FIFO_CONTROL = FIFO_ENABLE_CLEAR;
  INTERRUPTS = INTERRUPT_RECEIVED;
  PLIC_PRIORITY(NOMUL_UART_IRQ) = 1;
  PLIC_ENABLE = 1u << NOMUL_UART_IRQ;
  riscv_start();
}

int port_read(void) { return ready() ? DATA : -1; }

void port_write(uint8_t byte) {
  while (!(LINE_STATE & STATE_ROOM)) continue;
  DATA = byte;
}

void port_drain(void) {
  while (!(LINE_STATE & STATE_SILENT)) continue;
}

// The emulated UART's clock is not the core's, and no bits are sent: any divisor will do.
void port_baud(uint32_t clocks) {
  LINE_CONTROL = LINE_DIVISOR | LINE_8N1;
  DIVISOR_LOW = (uint8_t)(clocks / 16);
  DIVISOR_HIGH = (uint8_t)(clocks / 16 >> 8);
  LINE_CONTROL = LINE_8N1;
}

void port_idle(void) {
  if (!ready()) riscv_wait();
  PLIC_CLAIM = PLIC_CLAIM; // taken and done
}

uint32_t port_cycles(void) { return riscv_cycles(); }

void port_reset(void) {
  for (;;) start();
}
