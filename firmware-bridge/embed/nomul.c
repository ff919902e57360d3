// The functions of nomul.h around the kernels: `nomul export c` puts all of it into one file.
#include "nomul.h"

#include "kernels.h"
#include "memory.h"
#include "trap.h"

extern const uint8_t nomul_model[NOMUL_DEVICE_BYTES];

static int ready;

#ifdef NOMUL_IN_PLACE
static s16 arena[NOMUL_ARENA_ELEMENTS] __attribute__((aligned(4)));
static u32 accumulators[NOMUL_ACCUMULATORS];
#define DEVICE ((u32)nomul_model)
#define ARENA ((u32)arena)
#define ACCUMULATORS ((u32)accumulators)
static u32 place_model(void) { return DEVICE; }
static u32 place_input(const nomul_input *input) { return (u32)input; }
#else
u8 nomul_memory[NOMUL_MEMORY_BYTES] __attribute__((aligned(16)));
#define DEVICE NOMUL_DEVICE_AT
#define ARENA NOMUL_ARENA_AT
#define ACCUMULATORS NOMUL_ACCUMULATORS_AT

static u32 copy_in(u32 at, const void *bytes, u32 length) {
  const u8 *from = bytes;
  for (u32 i = 0; i < length; i++) nomul_memory[at + i] = from[i];
  return at;
}

static u32 place_model(void) { return copy_in(DEVICE, nomul_model, NOMUL_DEVICE_BYTES); }
static u32 place_input(const nomul_input *input) {
  return copy_in(NOMUL_INPUT_AT, input, NOMUL_INPUT_BYTES);
}
#endif

int nomul_start(void) {
  ready = 0;
  if (trap_catch()) return -1;
  u32 crc = ~nomul_crc32c_update(0xffffffffu, place_model(), NOMUL_DEVICE_BYTES);
  ready = crc == NOMUL_MODEL_CRC &&
          nomul_program_check(DEVICE, NOMUL_DEVICE_BYTES, NOMUL_ARENA_ELEMENTS,
                              NOMUL_ACCUMULATORS) == NOMUL_STATUS_OK;
  return ready ? 0 : -1;
}

int nomul_infer(const nomul_input *input, int16_t *output) {
  if (!ready || trap_catch()) return -1;
  nomul_program_load(DEVICE, ARENA, place_input(input));
  if (nomul_program_run(DEVICE, ARENA, ACCUMULATORS, 0) != NOMUL_STATUS_OK) return -1;
  u32 from = nomul_program_outputs(DEVICE, ARENA);
  for (u32 i = 0; i < NOMUL_OUTPUTS; i++) output[i] = *(nomul_s16 *)NOMUL_AT(from + 2 * i);
  return 0;
}

uint32_t nomul_selftest(uint32_t seed, uint32_t count) {
  if (!ready || trap_catch()) return 0;
  return nomul_selftest_run(DEVICE, ARENA, ACCUMULATORS, seed, count);
}
