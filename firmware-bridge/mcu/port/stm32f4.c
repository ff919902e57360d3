// STM32F405 with USART1 on PA9 and PA10, at the clock the chip has when the firmware starts.
#include "../port.h"
#include "../systick.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define RCC_AHB1ENR REGISTER(0x40023830)
#define RCC_APB2ENR REGISTER(0x40023844)
#define GPIOA_MODER REGISTER(0x40020000)
#define GPIOA_AFRH REGISTER(0x40020024)
#define USART1_SR REGISTER(0x40011000)
#define USART1_DR REGISTER(0x40011004)
#define USART1_BRR REGISTER(0x40011008)
#define USART1_CR1 REGISTER(0x4001100c)

#define GPIOA_ENABLE 1u
#define USART1_ENABLE (1u << 4)
#define SR_RECEIVED (1u << 5)
#define SR_COMPLETE (1u << 6)
#define SR_EMPTY (1u << 7)
#define CR1_ENABLE (1u << 13)
#define CR1_RECEIVED_INTERRUPT (1u << 5)
#define CR1_TRANSMIT (1u << 3)
#define CR1_RECEIVE (1u << 2)
// Pins 9 and 10: alternate function 7.
#define MODER_MASK (0xfu << 18)
#define MODER_ALTERNATE (0xau << 18)
#define AFRH_MASK (0xffu << 4)
#define AFRH_USART1 (0x77u << 4)
#define USART1_IRQ 37

static bool ready(void) { return USART1_SR & SR_RECEIVED; }

void port_init(void) {
  RCC_AHB1ENR |= GPIOA_ENABLE;
  RCC_APB2ENR |= USART1_ENABLE;
  GPIOA_MODER = (GPIOA_MODER & ~MODER_MASK) | MODER_ALTERNATE;
  GPIOA_AFRH = (GPIOA_AFRH & ~AFRH_MASK) | AFRH_USART1;
  port_baud(NOMUL_CLOCK_HZ / NOMUL_BAUD);
  USART1_CR1 = CR1_ENABLE | CR1_TRANSMIT | CR1_RECEIVE | CR1_RECEIVED_INTERRUPT;
  systick_start();
}

int port_read(void) { return ready() ? (uint8_t)USART1_DR : -1; }

void port_write(uint8_t byte) {
  while (!(USART1_SR & SR_EMPTY)) continue;
  USART1_DR = byte;
}

void port_drain(void) {
  while (!(USART1_SR & SR_COMPLETE)) continue;
}

// Sixteen samples a bit: 16 clocks at least. USART1 has the bus clock, which undivided is the core's.
void port_baud(uint32_t clocks) { USART1_BRR = clocks < 16 ? 16 : clocks; }

void port_idle(void) { idle_cortex_m(USART1_IRQ, ready); }
uint32_t port_cycles(void) { return systick_cycles(); }
void port_reset(void) { cortex_m_reset(); }
