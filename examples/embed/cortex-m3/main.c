/*
 * A firmware with a model in flash. A debugger, or QEMU, lends it stdin and stdout (Arm semihosting):
 * inputs as bytes in, outputs as i16 out.
 *
 *   qemu-system-arm -M mps2-an385 -display none -semihosting -kernel model.elf < inputs > outputs
 */
#include "nomul.h"

enum { OPEN = 1, WRITE = 5, READ = 6, EXIT = 0x18 };
#define EXIT_OK 0x20026u
#define EXIT_FAILED 0x20023u

void start(void);
extern uint32_t bss_start[], bss_end[], stack_top[];

static int host(int operation, const void *block) {
  register int r0 __asm("r0") = operation;
  register const void *r1 __asm("r1") = block;
  __asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

/* ":tt" is the host's stdin in mode 0 (r), its stdout in mode 4 (w). */
static uint32_t open_stream(uint32_t mode) {
  uint32_t block[] = {(uint32_t)(uintptr_t)":tt", mode, 3};
  return (uint32_t)host(OPEN, block);
}

/* Returns how many bytes are missing. */
static uint32_t transfer(int operation, uint32_t stream, const void *bytes, uint32_t length) {
  uint32_t block[] = {stream, (uint32_t)(uintptr_t)bytes, length};
  return (uint32_t)host(operation, block);
}

static int run(void) {
  static nomul_input input[NOMUL_INPUTS];
  static int16_t output[NOMUL_OUTPUTS];
  uint32_t in = open_stream(0), out = open_stream(4);
  if (nomul_start() != 0) return -1;
  for (;;) {
    uint32_t missing = NOMUL_INPUT_BYTES;
    while (missing) {
      uint8_t *to = (uint8_t *)input + NOMUL_INPUT_BYTES - missing;
      uint32_t still = transfer(READ, in, to, missing);
      if (still == missing) return 0; /* the end */
      missing = still;
    }
    if (nomul_infer(input, output) != 0) return -1;
    if (transfer(WRITE, out, output, sizeof output) != 0) return -1;
  }
}

void start(void) {
  for (uint32_t *word = bss_start; word < bss_end; word++) *word = 0;
  uint32_t reason = run() == 0 ? EXIT_OK : EXIT_FAILED;
  host(EXIT, (const void *)(uintptr_t)reason);
  for (;;) continue;
}

__attribute__((section(".vectors"), used)) static const void *const vectors[] = {
    stack_top, (const void *)start};
