// nRF51822: UART, TIMER0 as the cycle counter (the chip has no SysTick), NVMC for the slots.
#include "../port.h"
#include "../../generated/spec.h"
#include "../systick.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define UART(offset) REGISTER(0x40002000 + (offset))
#define STARTRX UART(0x000)
#define STARTTX UART(0x008)
#define RXDRDY UART(0x108)
#define TXDRDY UART(0x11c)
#define INTENSET UART(0x304)
#define ENABLE UART(0x500)
#define PSELTXD UART(0x50c)
#define PSELRXD UART(0x514)
#define RXD UART(0x518)
#define TXD UART(0x51c)
#define BAUDRATE UART(0x524)
#define UART_ENABLED 4
#define INT_RXDRDY (1u << 2)
#define UART_IRQ 2

#define TIMER(offset) REGISTER(0x40008000 + (offset))
#define TIMER_START TIMER(0x000)
#define TIMER_CAPTURE0 TIMER(0x040)
#define TIMER_BITMODE TIMER(0x508)
#define TIMER_PRESCALER TIMER(0x510)
#define TIMER_CC0 TIMER(0x540)
#define TIMER_32_BITS 3

#define CLOCK_HFCLKSTART REGISTER(0x40000000)
#define GPIO_OUTSET REGISTER(0x50000508)
#define GPIO_PIN_CNF(pin) REGISTER(0x50000700 + 4 * (pin))
#define PIN_OUTPUT 1u
#define PIN_INPUT_PULLUP (3u << 2)

static bool sending;

static bool ready(void) { return RXDRDY; }

void port_init(void) {
  CLOCK_HFCLKSTART = 1; // the crystal; the oscillator inside is too coarse for a line
  TIMER_BITMODE = TIMER_32_BITS;
  TIMER_PRESCALER = 0;
  TIMER_START = 1;
  GPIO_OUTSET = 1u << NOMUL_TX_PIN;
  GPIO_PIN_CNF(NOMUL_TX_PIN) = PIN_OUTPUT;
  GPIO_PIN_CNF(NOMUL_RX_PIN) = PIN_INPUT_PULLUP;
  PSELTXD = NOMUL_TX_PIN;
  PSELRXD = NOMUL_RX_PIN;
  port_baud(NOMUL_CLOCK_HZ / NOMUL_BAUD);
  ENABLE = UART_ENABLED;
  RXDRDY = TXDRDY = 0;
  INTENSET = INT_RXDRDY;
  STARTRX = STARTTX = 1;
}

int port_read(void) {
  if (!ready()) return -1;
  RXDRDY = 0;
  return (uint8_t)RXD;
}

void port_drain(void) {
  if (!sending) return;
  while (!TXDRDY) continue;
  TXDRDY = 0;
  sending = false;
}

void port_write(uint8_t byte) {
  port_drain();
  TXD = byte;
  sending = true;
}

// BAUDRATE is 2^32 / clocks, of which the hardware uses the upper 20 bits. 1 Mbaud is its highest.
void port_baud(uint32_t clocks) {
  uint32_t rate = 0xffffffffu / (clocks < 16 ? 16 : clocks);
  BAUDRATE = (rate + 0x800) & 0xfffff000u;
}

void port_idle(void) { idle_cortex_m(UART_IRQ, ready); }

uint32_t port_cycles(void) {
  TIMER_CAPTURE0 = 1;
  return TIMER_CC0;
}

void port_reset(void) { cortex_m_reset(); }

#if NOMUL_SLOTS
#define NVMC(offset) REGISTER(0x4001e000 + (offset))
#define NVMC_READY NVMC(0x400)
#define NVMC_CONFIG NVMC(0x504)
#define NVMC_ERASEPAGE NVMC(0x508)
#define READ_ONLY 0
#define WRITE_ENABLED 1
#define ERASE_ENABLED 2
#define PAGE_BYTES 1024
// On-chip flash has no JEDEC id: 7f announces one that does not come. 2^18 bytes.
#define NO_JEDEC_ID 0x12007fu

uint32_t port_flash_id(void) { return NO_JEDEC_ID; }

const uint8_t *port_flash(uint32_t address) { return (const uint8_t *)address; }

static void nvmc(uint32_t mode) {
  while (!(NVMC_READY & 1)) continue;
  NVMC_CONFIG = mode;
}

bool port_flash_erase(uint32_t address) {
  nvmc(ERASE_ENABLED);
  for (uint32_t end = address + NOMUL_FLASH_SECTOR; address < end; address += PAGE_BYTES) {
    NVMC_ERASEPAGE = address;
    while (!(NVMC_READY & 1)) continue;
  }
  nvmc(READ_ONLY);
  return true;
}

bool port_flash_program(uint32_t address, const uint8_t *bytes, uint32_t length) {
  nvmc(WRITE_ENABLED);
  for (uint32_t i = 0; i < length; i += 4) {
    const uint8_t *b = bytes + i;
    REGISTER(address + i) = b[0] | b[1] << 8 | b[2] << 16 | (uint32_t)b[3] << 24;
    while (!(NVMC_READY & 1)) continue;
  }
  nvmc(READ_ONLY);
  return true;
}
#endif
