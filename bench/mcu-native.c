// The kernels written by hand in C, with the same algorithm: what a port without Wasm would run. Only
// bench/mcu.ts compiles this, to compare; nothing else does.
#include "kernels.h"
#include "../generated/spec.h"

#define AT(type, address) (*(type *)(nomul_memory + (address)))

u32 nomul_crc32c_update(u32 crc, u32 at, u32 length) {
  for (const u8 *b = nomul_memory + at, *end = b + length; b < end; b++) {
    crc ^= *b;
    for (int k = 0; k < 8; k++) crc = (crc >> 1) ^ (0x82f63b78u & -(crc & 1));
  }
  return crc;
}

u32 nomul_program_check(u32 device, u32 bytes, u32 arena, u32 outputs) { return 0; }

u32 nomul_program_output_elements(u32 device) {
  return AT(u16, device + NOMUL_PROGRAM_HEADER_OUTPUT_ELEMENTS_AT);
}

u32 nomul_program_outputs(u32 device, u32 arena) {
  return arena + 2 * AT(u16, device + NOMUL_PROGRAM_HEADER_OUTPUT_OFFSET_AT);
}

void nomul_program_load(u32 device, u32 arena, u32 input) {
  s16 *x = &AT(s16, arena + 2 * AT(u16, device + NOMUL_PROGRAM_HEADER_INPUT_OFFSET_AT));
  u32 n = AT(u16, device + NOMUL_PROGRAM_HEADER_INPUT_ELEMENTS_AT);
  for (u32 i = 0; i < n; i++) x[i] = nomul_memory[input + i];
}

struct encoder {
  u16 dims[4];
  s16 thresholds[15];
  u16 reserved;
};

static u32 encode(const struct encoder *e, const s16 *x) {
  u32 node = 0;
  for (int t = 0; t < 4; t++) node = 2 * node + 1 + (x[e->dims[t]] >= e->thresholds[node]);
  return node - 15;
}

static u32 *row(const s8 *tables, u32 codebook, u32 code, u32 outputs8) {
  return (u32 *)(tables + (codebook * 16 + code) * outputs8);
}

static void add_four(u32 *const rows[4], u32 *packed, u32 words) {
  const u32 *r0 = rows[0], *r1 = rows[1], *r2 = rows[2], *r3 = rows[3];
  u32 odd_mask = 0x00ff00ff;
  __asm("" : "+r"(odd_mask)); // stays in a register, so that shift and mask are one instruction
  for (u32 i = 0; i < words; i++, packed += 2) {
    u32 w0 = r0[i] ^ 0x80808080u, w1 = r1[i] ^ 0x80808080u;
    u32 w2 = r2[i] ^ 0x80808080u, w3 = r3[i] ^ 0x80808080u;
    packed[0] += w0 + w1 + w2 + w3;
    packed[1] += (w0 >> 8 & odd_mask) + (w1 >> 8 & odd_mask) + (w2 >> 8 & odd_mask) +
                 (w3 >> 8 & odd_mask);
  }
}

// One step, a multiple of four codebooks, no output stage records.
u32 nomul_program_run(u32 device, u32 arena, u32 accumulators, u32 steps) {
  u32 step = device + NOMUL_PROGRAM_HEADER_BYTES;
  u32 table = device + AT(u32, device + NOMUL_PROGRAM_HEADER_TABLE_OFFSET_AT);
  const s8 *tables = (s8 *)nomul_memory + table + AT(u32, step + NOMUL_STEP_TABLE_OFFSET_AT);
  const struct encoder *encoders =
      &AT(struct encoder, device + AT(u32, step + NOMUL_STEP_PARAMETER_OFFSET_AT));
  const s16 *x = &AT(s16, arena + 2 * AT(u16, step + NOMUL_STEP_INPUT_OFFSET_AT));
  s16 *y = &AT(s16, arena + 2 * AT(u16, step + NOMUL_STEP_OUTPUT_OFFSET_AT));
  u32 outputs8 = (AT(u16, step + NOMUL_STEP_OUTPUT_ELEMENTS_AT) + 7u) & ~7u;
  u32 codebooks = AT(u16, step + NOMUL_STEP_CODEBOOKS_AT);
  u32 *packed = &AT(u32, accumulators);
  for (u32 i = 0; i < outputs8 / 2; i++) packed[i] = 0;
  for (u32 c = 0; c < codebooks; c += 4) {
    u32 *rows[4];
    for (u32 k = 0; k < 4; k++) rows[k] = row(tables, c + k, encode(encoders++, x), outputs8);
    add_four(rows, packed, outputs8 / 4);
  }
  s32 excess = codebooks * 128;
  for (u32 m = 0; m < outputs8; m += 4, packed += 2) {
    u32 odd = packed[1], even = packed[0] - (odd << 8);
    s32 sums[4] = {even & 0xffff, odd & 0xffff, even >> 16, odd >> 16};
    for (u32 k = 0; k < 4; k++) {
      s32 value = sums[k] - excess;
      y[m + k] = value > 32767 ? 32767 : value < -32768 ? -32768 : value;
    }
  }
  return 0;
}

u32 nomul_selftest_next(u32 device, u32 arena, u32 accumulators, u32 seed) {
  s16 *x = &AT(s16, arena + 2 * AT(u16, device + NOMUL_PROGRAM_HEADER_INPUT_OFFSET_AT));
  u32 n = AT(u16, device + NOMUL_PROGRAM_HEADER_INPUT_ELEMENTS_AT);
  for (u32 i = 0; i < n; i++) {
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    x[i] = (u8)seed;
  }
  nomul_program_run(device, arena, accumulators, 0);
  return seed;
}

u32 nomul_selftest_run(u32 device, u32 arena, u32 accumulators, u32 seed, u32 count) { return 0; }
