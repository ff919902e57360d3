// Arm's MPS2 and MPS3 images: CMSDK APB UART. NOMUL_UART_BASE, NOMUL_UART_IRQ.
#include "../port.h"
#include "../systick.h"
#include "board.h"

#define UART(offset) (*(volatile uint32_t *)(NOMUL_UART_BASE + (offset)))
#define DATA UART(0x00)
#define STATE UART(0x04)
#define CTRL UART(0x08)
#define INTCLEAR UART(0x0c)
#define BAUDDIV UART(0x10)

#define STATE_TX_FULL 1u
#define STATE_RX_FULL 2u
#define CTRL_TX_ENABLE 1u
#define CTRL_RX_ENABLE 2u
#define CTRL_RX_INTERRUPT 8u
#define INT_RX 2u

static bool ready(void) { return STATE & STATE_RX_FULL; }

void port_init(void) {
  BAUDDIV = NOMUL_CLOCK_HZ / NOMUL_BAUD;
  CTRL = CTRL_TX_ENABLE | CTRL_RX_ENABLE | CTRL_RX_INTERRUPT;
  systick_start();
}

int port_read(void) {
  if (!ready()) return -1;
  INTCLEAR = INT_RX;
  return (uint8_t)DATA;
}

void port_write(uint8_t byte) {
  while (STATE & STATE_TX_FULL) continue;
  DATA = byte;
}

// The buffer is one byte and the shift register another: two more byte times, 20 bits.
void port_drain(void) {
  while (STATE & STATE_TX_FULL) continue;
  uint32_t start = port_cycles(), clocks = 20 * BAUDDIV;
  while (port_cycles() - start < clocks) continue;
}

// This UART divides by 16 at least.
void port_baud(uint32_t clocks) { BAUDDIV = clocks < 16 ? 16 : clocks; }

void port_idle(void) { idle_cortex_m(NOMUL_UART_IRQ, ready); }
uint32_t port_cycles(void) { return systick_cycles(); }
void port_reset(void) { cortex_m_reset(); }
