// RP2040: the flash chip behind the SSI. First the 256 bytes that the boot ROM loads and runs, then
// erase and program, which run from RAM because the chip cannot be read meanwhile. RP2040 datasheet
// 2.8.1.3 and 4.10; commands: W25Q16JV datasheet, chapter 8.
#include "../../generated/spec.h"
#include "../port.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define SSI(offset) REGISTER(0x18000000 + (offset))
#define SSI_CTRLR0 SSI(0x00)
#define SSI_CTRLR1 SSI(0x04)
#define SSI_SSIENR SSI(0x08)
#define SSI_SR SSI(0x28)
#define SSI_DR0 SSI(0x60)
#define SSI_SPI_CTRLR0 SSI(0xf4)
#define SR_RECEIVED (1u << 3)
#define CTRLR0_BYTES (7u << 16)              // 8 bits each way
#define CTRLR0_XIP (31u << 16 | 3u << 8)     // 32 bits, command first
#define SPI_CTRLR0_XIP (0x03u << 24 | 2u << 8 | 6u << 2) // READ, 8-bit command, 24-bit address

#define QSPI_SS_CTRL REGISTER(0x4001800c)
#define SS_LOW (2u << 8)
#define SS_HIGH (3u << 8)
#define SS_BY_SSI 0u

#define XIP_NOCACHE 0x13000000u

#define WRITE_ENABLE 0x06
#define READ_STATUS 0x05
#define READ_ID 0x9f
#define SECTOR_ERASE 0x20
#define PAGE_PROGRAM 0x02
#define STATUS_BUSY 1
// A sector takes 400 ms at most; a look at the status 16 bits at 31 MHz, half a microsecond.
#define LOOKS_MAX 4000000u

// Copied to the end of RAM by the boot ROM if the CRC-32 of its first 252 bytes follows them: the host
// fills it in (host/mcu/rp2040-image.ts). Makes the chip readable and starts what lies behind it.
__asm(
    ".section .boot2, \"ax\"\n"
    ".syntax unified\n.thumb\n.thumb_func\n"
    "boot2:\n"
    "  ldr r3, =0x18000000\n"
    "  movs r1, #0\n  str r1, [r3, #0x08]\n"
    "  movs r1, #4\n  str r1, [r3, #0x14]\n" // 125 MHz / 4
    "  ldr r1, =0x001f0300\n  str r1, [r3, #0x00]\n"
    "  movs r1, #0\n  str r1, [r3, #0x04]\n"
    "  ldr r1, =0x03000218\n  ldr r0, =0x180000f4\n  str r1, [r0]\n"
    "  movs r1, #1\n  str r1, [r3, #0x08]\n"
    "  ldr r0, =0x10000100\n  ldr r1, =0xe000ed08\n  str r0, [r1]\n" // VTOR
    "  ldr r1, [r0]\n  msr msp, r1\n"
    "  ldr r1, [r0, #4]\n  bx r1\n"
    "  .ltorg\n"
    "  .org 256\n"
    ".text\n");

#define IN_RAM __attribute__((section(".ramtext"), noinline))

static uint32_t interrupts;

IN_RAM static uint8_t exchange(uint8_t byte) {
  SSI_DR0 = byte;
  while (!(SSI_SR & SR_RECEIVED)) continue;
  return (uint8_t)SSI_DR0;
}

IN_RAM static void take_chip(void) {
  __asm volatile("mrs %0, primask\n\tcpsid i" : "=r"(interrupts)::"memory");
  SSI_SSIENR = 0;
  SSI_CTRLR0 = CTRLR0_BYTES;
  SSI_CTRLR1 = 0;
  SSI_SPI_CTRLR0 = 0;
  SSI_SSIENR = 1;
  QSPI_SS_CTRL = SS_HIGH;
}

IN_RAM static void give_chip(void) {
  QSPI_SS_CTRL = SS_BY_SSI;
  SSI_SSIENR = 0;
  SSI_CTRLR0 = CTRLR0_XIP;
  SSI_SPI_CTRLR0 = SPI_CTRLR0_XIP;
  SSI_SSIENR = 1;
  __asm volatile("msr primask, %0" ::"r"(interrupts) : "memory");
}

IN_RAM static void command(uint8_t code, uint32_t address) {
  QSPI_SS_CTRL = SS_LOW;
  exchange(code);
  for (int shift = 16; shift >= 0; shift -= 8) exchange(address >> shift);
}

IN_RAM static void enable_write(void) {
  QSPI_SS_CTRL = SS_LOW;
  exchange(WRITE_ENABLE);
  QSPI_SS_CTRL = SS_HIGH;
}

IN_RAM static bool wait_done(void) {
  QSPI_SS_CTRL = SS_HIGH;
  QSPI_SS_CTRL = SS_LOW;
  exchange(READ_STATUS);
  uint32_t left = LOOKS_MAX;
  while (left && (exchange(0) & STATUS_BUSY)) left--;
  QSPI_SS_CTRL = SS_HIGH;
  return left;
}

IN_RAM uint32_t port_flash_id(void) {
  take_chip();
  QSPI_SS_CTRL = SS_LOW;
  exchange(READ_ID);
  uint32_t id = exchange(0);
  id |= exchange(0) << 8;
  id |= (uint32_t)exchange(0) << 16;
  QSPI_SS_CTRL = SS_HIGH;
  give_chip();
  return id;
}

// Past the cache, which does not learn of what is programmed.
const uint8_t *port_flash(uint32_t address) { return (const uint8_t *)(XIP_NOCACHE + address); }

IN_RAM bool port_flash_erase(uint32_t address) {
  take_chip();
  enable_write();
  command(SECTOR_ERASE, address);
  bool done = wait_done();
  give_chip();
  return done;
}

IN_RAM bool port_flash_program(uint32_t address, const uint8_t *bytes, uint32_t length) {
  take_chip();
  enable_write();
  command(PAGE_PROGRAM, address);
  for (uint32_t i = 0; i < length; i++) exchange(bytes[i]);
  bool done = wait_done();
  give_chip();
  return done;
}
