// Runs the plain engine's model inside its Wasm: loads the weight memory, runs rows.

#include "model.cc"

#include <cstdint>

namespace {

cxxrtl_design::p_mac__core top;
uint8_t staging_bytes[1 << 17];

void clock() {
  top.p_clk__i.set<bool>(false);
  top.step();
  top.p_clk__i.set<bool>(true);
  top.step();
}

}  // namespace

#define EXPORT(name) extern "C" __attribute__((export_name(#name)))

// Where load() and infer() take their bytes, and infer() leaves its outputs.
EXPORT(staging) uint8_t* staging() { return staging_bytes; }

// Resets the engine and writes the staged bytes into its weight memory.
EXPORT(load) void load(uint32_t count) {
  top.p_reset__i.set<bool>(true);
  clock();
  top.p_reset__i.set<bool>(false);
  for (uint32_t i = 0; i < count; i++) {
    top.p_weight__write__i.set<uint8_t>(1 << (i & 7));
    top.p_weight__address__i.set<uint16_t>(i >> 3);
    top.p_weight__byte__i.set<uint8_t>(staging_bytes[i]);
    clock();
  }
  top.p_weight__write__i.set<uint8_t>(0);
}

// One inference of the staged u8 inputs; i16 outputs go there too. Returns the clocks it was busy, or 0
// if it did not end.
EXPORT(infer) uint32_t infer(uint32_t inputs, uint32_t output_half, uint32_t outputs) {
  for (uint32_t i = 0; i < inputs; i++) {
    top.p_write__i.set<bool>(true);
    top.p_write__element__i.set<uint16_t>(i);
    top.p_write__data__i.set<uint8_t>(staging_bytes[i]);
    clock();
  }
  top.p_write__i.set<bool>(false);
  top.p_start__i.set<bool>(true);
  clock();
  top.p_start__i.set<bool>(false);
  uint32_t cycles = 0;
  while (top.p_busy__o.get<bool>()) {
    clock();
    if (++cycles == 1 << 20) return 0;
  }
  for (uint32_t i = 0; i < outputs; i++) {
    top.p_read__half__i.set<uint16_t>(output_half + i);
    clock();
    uint16_t half = top.p_half__o.get<uint16_t>();
    staging_bytes[2 * i] = half & 0xff;
    staging_bytes[2 * i + 1] = half >> 8;
  }
  return cycles;
}
