// RP2040: UART0 on GP0 and GP1, 125 MHz from the 12 MHz crystal. Registers: RP2040 datasheet 2.14 to
// 2.19, 4.2, 4.7.
#include "../port.h"
#include "../systick.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define CLEAR(address) REGISTER((address) | 0x3000)

#define RESETS_RESET 0x4000c000
#define RESETS_DONE REGISTER(0x4000c008)
#define UNRESET (1u << 5 | 1u << 8 | 1u << 12 | 1u << 22) // IO and PADS of bank 0, PLL_SYS, UART0

#define XOSC_CTRL REGISTER(0x40024000)
#define XOSC_STATUS REGISTER(0x40024004)
#define XOSC_STARTUP REGISTER(0x4002400c)
#define XOSC_ENABLE_1_15MHZ 0xfabaa0u
#define XOSC_STABLE (1u << 31)
#define XOSC_1MS 47

#define PLL_CS REGISTER(0x40028000)
#define PLL_PWR 0x40028004
#define PLL_FBDIV REGISTER(0x40028008)
#define PLL_PRIM REGISTER(0x4002800c)
#define PLL_LOCK (1u << 31)
#define PLL_PD_VCOPD (1u << 0 | 1u << 5)
#define PLL_POSTDIVPD (1u << 3)

#define CLK_REF_CTRL REGISTER(0x40008030)
#define CLK_REF_SELECTED REGISTER(0x40008038)
#define CLK_SYS_CTRL REGISTER(0x4000803c)
#define CLK_SYS_SELECTED REGISTER(0x40008044)
#define CLK_PERI_CTRL REGISTER(0x40008048)
#define REF_XOSC 2
#define SYS_REF 0
#define SYS_PLL 1
#define PERI_ENABLE_SYS (1u << 11)

#define GPIO_CTRL(pin) REGISTER(0x40014004 + 8 * (pin))
#define PAD(pin) REGISTER(0x4001c004 + 4 * (pin))
#define FUNCTION_UART 2
#define PAD_INPUT_PULLUP 0x5a
#define TX_PIN 0
#define RX_PIN 1

#define UART(offset) REGISTER(0x40034000 + (offset))
#define UART_DATA UART(0x00)
#define UART_FLAGS UART(0x18)
#define UART_INTEGER UART(0x24)
#define UART_FRACTION UART(0x28)
#define UART_LINE UART(0x2c)
#define UART_CONTROL UART(0x30)
#define UART_MASK UART(0x38)
#define UART_CLEAR UART(0x44)
#define FLAG_BUSY (1u << 3)
#define FLAG_RX_EMPTY (1u << 4)
#define FLAG_TX_FULL (1u << 5)
#define LINE_8N1_FIFO 0x70
#define CONTROL_ENABLE_RX_TX 0x301
#define INTERRUPT_RX_TIMEOUT (1u << 4 | 1u << 6)
#define UART0_IRQ 20

#define PSM_WDSEL REGISTER(0x40010008)
#define PSM_ALL_BUT_OSCILLATORS 0x1fffcu
#define WATCHDOG_CTRL REGISTER(0x40058000)
#define WATCHDOG_TRIGGER (1u << 31)

static bool ready(void) { return !(UART_FLAGS & FLAG_RX_EMPTY); }

// 12 MHz × 125 = 1500 MHz; / 6 / 2 = 125 MHz.
static void start_clocks(void) {
  XOSC_STARTUP = XOSC_1MS;
  XOSC_CTRL = XOSC_ENABLE_1_15MHZ;
  while (!(XOSC_STATUS & XOSC_STABLE)) continue;
  CLK_REF_CTRL = REF_XOSC;
  while (!(CLK_REF_SELECTED & 1u << REF_XOSC)) continue;
  CLK_SYS_CTRL = SYS_REF;
  while (!(CLK_SYS_SELECTED & 1u << SYS_REF)) continue;
  CLEAR(RESETS_RESET) = UNRESET;
  while ((RESETS_DONE & UNRESET) != UNRESET) continue;
  PLL_CS = 1;
  PLL_FBDIV = 125;
  CLEAR(PLL_PWR) = PLL_PD_VCOPD;
  while (!(PLL_CS & PLL_LOCK)) continue;
  PLL_PRIM = 6u << 16 | 2u << 12;
  CLEAR(PLL_PWR) = PLL_POSTDIVPD;
  CLK_SYS_CTRL = SYS_PLL;
  while (!(CLK_SYS_SELECTED & 1u << SYS_PLL)) continue;
  CLK_PERI_CTRL = PERI_ENABLE_SYS;
}

void port_init(void) {
  start_clocks();
  GPIO_CTRL(TX_PIN) = FUNCTION_UART;
  GPIO_CTRL(RX_PIN) = FUNCTION_UART;
  PAD(RX_PIN) = PAD_INPUT_PULLUP;
  port_baud((NOMUL_CLOCK_HZ + NOMUL_BAUD / 2) / NOMUL_BAUD);
  UART_CONTROL = CONTROL_ENABLE_RX_TX;
  UART_MASK = INTERRUPT_RX_TIMEOUT;
  systick_start();
}

int port_read(void) { return ready() ? (uint8_t)UART_DATA : -1; }

void port_write(uint8_t byte) {
  while (UART_FLAGS & FLAG_TX_FULL) continue;
  UART_DATA = byte;
}

void port_drain(void) {
  while (UART_FLAGS & FLAG_BUSY) continue;
}

// Sixteen samples a bit, in steps of a quarter clock: 16 clocks at least. Takes effect with UART_LINE.
void port_baud(uint32_t clocks) {
  if (clocks < 16) clocks = 16;
  UART_INTEGER = clocks >> 4;
  UART_FRACTION = (clocks & 15) << 2;
  UART_LINE = LINE_8N1_FIFO;
}

void port_idle(void) {
  idle_cortex_m(UART0_IRQ, ready);
  UART_CLEAR = INTERRUPT_RX_TIMEOUT;
}

uint32_t port_cycles(void) { return systick_cycles(); }

void port_reset(void) {
  PSM_WDSEL = PSM_ALL_BUT_OSCILLATORS;
  WATCHDOG_CTRL = WATCHDOG_TRIGGER;
  for (;;) continue;
}
