// Runs one gateware model: clock, UART peer, byte FIFOs, flash chip and fault injection, all inside the
// Wasm, so that JavaScript is called per batch of cycles and not per cycle.
//
// The build (host/sim/toolchain.ts) supplies model.cc (CXXRTL), model.h (the memory arrays
// and phases) and CLOCK_HZ. REFERENCE_STEPPING steps both clock edges through CXXRTL's own
// step() and has no phases.

#include "model.cc"
#include "flash.h"
#include "model.h"

#include <cstdint>
#include <cstring>
#include <new>

namespace {

constexpr uint32_t ring_bytes = 1 << 16;
constexpr uint32_t staging_bytes = 1 << 14;
constexpr uint32_t byte_bits = 10;  // 8N1
constexpr uint32_t silent_bytes = 16;
// Bit times of the line are counted in this part of a clock cycle.
constexpr uint32_t whole = 256;

struct Ring {
  uint8_t bytes[ring_bytes];
  uint32_t head, tail;  // free running

  bool empty() const { return head == tail; }
  uint32_t room() const { return ring_bytes - (head - tail); }
  void push(uint8_t byte) { bytes[head++ % ring_bytes] = byte; }
  uint8_t pop() { return bytes[tail++ % ring_bytes]; }
};

// The host's end of the line, at a rate of its own. Levels change once a clock cycle.
struct Peer {
  uint32_t bit_time;
  uint32_t out_shift, out_bits, out_wait;
  uint32_t in_shift, in_bits, in_wait;
  Ring to_device, from_device;

  bool next_level() {
    if (out_wait >= whole) {
      out_wait -= whole;
      return out_bits == 0 || (out_shift & 1);
    }
    if (out_bits > 0) {
      out_shift >>= 1;
      out_bits--;
      out_wait += bit_time - whole;
    }
    if (out_bits == 0 && !to_device.empty()) {
      out_shift = (1u << 9) | (uint32_t(to_device.pop()) << 1);
      out_bits = byte_bits;
      out_wait = bit_time - whole;
    }
    return out_bits == 0 || (out_shift & 1);
  }

  void sample(bool level) {
    if (in_bits == 0) {
      if (level) return;
      in_bits = byte_bits;
      in_wait = bit_time / 2;
    }
    if (in_wait >= whole) {
      in_wait -= whole;
      return;
    }
    in_shift = (in_shift >> 1) | (uint32_t(level) << 9);
    in_wait += bit_time - whole;
    in_bits--;
    const bool framed = (in_shift & 0x201) == 0x200;
    if (in_bits == 0 && framed && from_device.room() > 0) from_device.push(in_shift >> 1);
  }

  // Silence after which run() returns early: longer than any pause within a frame the device sends.
  uint32_t silent_cycles() const { return silent_bytes * byte_bits * bit_time / whole; }

  bool quiet() const { return out_bits == 0 && in_bits == 0 && to_device.empty(); }
};

using Model = cxxrtl_design::p_nomul__top;
// Static, so that its registers have constant addresses.
Model model;
Peer peer;
Flash flash;
uint8_t staging_buffer[staging_bytes];
uint64_t cycle_count;
uint64_t general_count;
uint32_t silence;
uint32_t line_time;  // what line() said; 0 = as the device

inline void step_flash() {
#ifdef HAS_FLASH
  flash.out_level = flash.step(!model.p_flash__cs__n__o.data[0], model.p_flash__sck__o.data[0],
                               model.p_flash__mosi__o.data[0]);
#endif
}

// Flattened: everything of a cycle in one function runs a fifth faster.
__attribute__((flatten)) void cycle() {
  const bool level = peer.next_level();
  model.p_uart__rx__i.data[0] = level;
#ifdef HAS_FLASH
  model.p_flash__miso__i.data[0] = flash.out_level;
#endif
#ifdef REFERENCE_STEPPING
  model.p_clk__i.data[0] = 0;
  model.step();
  // One-eval stepping sees the outputs of the cycle before the edge; look at the same moment here.
  const bool tx = model.p_uart__tx__o.data[0];
  const bool busy = model.p_busy__o.data[0];
  step_flash();
  model.p_clk__i.data[0] = 1;
  model.step();
#else
  // The build makes the clock's edge a constant and refuses models with feedback arcs, so one
  // eval() is one cycle (host/sim/model.ts). The first two copies are compiled with the registers
  // compared before as constants (host/sim/phases.ts); without nomerge clang unites the three.
#define AND_IS(member, value) && model.member.curr.data[0] == value
  if (level PHASE_RUNNING(AND_IS)) {
    [[clang::nomerge]] model.eval();
    [[clang::nomerge]] model.commit();
  } else if (level PHASE_FILLING(AND_IS)) {
    [[clang::nomerge]] model.eval();
    [[clang::nomerge]] model.commit();
  } else {
    [[clang::nomerge]] model.eval();
    [[clang::nomerge]] model.commit();
    general_count++;
  }
  const bool tx = model.p_uart__tx__o.data[0];
  const bool busy = model.p_busy__o.data[0];
  step_flash();
#endif
  peer.sample(tx);
  cycle_count++;
  silence = busy || !tx || !peer.quiet() ? 0 : silence + 1;
}

template <size_t Width>
bool flip(cxxrtl_yosys::memory<Width> &bank, uint32_t word, uint32_t bit) {
  if (word >= bank.depth || bit >= Width) return false;
  bank[word].data[bit / 32] ^= 1u << (bit % 32);
  return true;
}

}  // namespace

#define EXPORT(name) extern "C" __attribute__((export_name(#name)))

// Power-on: registers and memories at their initial values, line idle, counters 0. The flash chip
// keeps its contents.
EXPORT(reset) void sim_reset() {
  model.~Model();
  new (&model) Model();
  memset(&peer, 0, sizeof peer);
  peer.bit_time = line_time;
  flash.power_on();
  cycle_count = 0;
  general_count = 0;
  silence = 0;
}

// Bytes cross here in both directions, staging_size() at a time.
EXPORT(staging) uint8_t *sim_staging() { return staging_buffer; }
EXPORT(staging_size) uint32_t sim_staging_size() { return staging_bytes; }

// Moves bytes of the staging buffer towards the device. Returns how many found room.
EXPORT(push) uint32_t sim_push(uint32_t count) {
  uint32_t n = 0;
  while (n < count && peer.to_device.room() > 0) peer.to_device.push(staging_buffer[n++]);
  if (n > 0) silence = 0;
  return n;
}

// Moves bytes from the device into the staging buffer. Returns how many.
EXPORT(pop) uint32_t sim_pop() {
  uint32_t n = 0;
  while (n < staging_bytes && !peer.from_device.empty()) staging_buffer[n++] = peer.from_device.pop();
  return n;
}

// Steps at most that many cycles. Returns 0; 1 when it stopped early because all is silent, unless
// time is to pass all the same; 2 when power was cut (flash_cut).
EXPORT(run) uint32_t sim_run(uint32_t cycles, uint32_t through_silence) {
  for (uint32_t n = 0; n < cycles; n++) {
    // The device changes its rate between bytes only.
    if (line_time == 0) peer.bit_time = whole * DEVICE_DIVISOR;
    if (silence != 0 && !through_silence && silence >= peer.silent_cycles()) return 1;
    // Nothing may be lost because JavaScript came late: stop while a byte still has room.
    if (peer.from_device.room() == 0) return 0;
    cycle();
    if (flash.cut) return 2;
  }
  return 0;
}

// Sets the host's rate: clock cycles a bit, in 256ths, at least 1024; 0 = whatever the device has.
EXPORT(line) void sim_line(uint32_t bit_time) {
  line_time = bit_time;
  if (bit_time != 0) peer.bit_time = bit_time;
}

// The flash chip's 16 MiB, each byte inverted.
EXPORT(flash) uint8_t *sim_flash() { return flash_cells; }

// Takes the flash chip off the board (its output then reads 1) or puts it back.
EXPORT(flash_present) void sim_flash_present(uint32_t present) { flash.present = present != 0; }

// Program and erase operations begun since the first power-on.
EXPORT(flash_operations) uint32_t sim_flash_operations() { return flash.operations; }

// Cuts power in operation number `operation` of those (0 is the very first one): that part of it, in
// 65536ths, has been done then, in bits that depend on the seed (not 0).
EXPORT(flash_cut) void sim_flash_cut(uint32_t operation, uint32_t fraction, uint32_t seed) {
  flash.cut_operation = operation;
  flash.cut_fraction = fraction;
  flash.random = seed;
}

EXPORT(cycles) double sim_cycles() { return double(cycle_count); }

// How many of them were in no phase that the build compiled a cycle of its own for.
EXPORT(general_cycles) double sim_general_cycles() { return double(general_count); }

// Levels of tx (bit 0) and busy (bit 1): what a logic analyser would see.
EXPORT(levels) uint32_t sim_levels() {
  return model.p_uart__tx__o.data[0] | model.p_busy__o.data[0] << 1;
}

// Flips one bit of byte `address` of the table (memory 0) or parameter (memory 1) array. Returns 0
// if there is no such byte or bit. Banks lie side by side in a row, bank 0 in its lowest bytes.
EXPORT(poke) uint32_t sim_poke(uint32_t memory, uint32_t address, uint32_t bit) {
  if (bit > 7) return 0;
  const uint32_t row_bytes = memory == 0 ? TABLE_ROW_BYTES : PARAMETER_ROW_BYTES;
  const uint32_t word = address / row_bytes;
  const uint32_t row_bit = address % row_bytes * 8 + bit;
#define FLIP(bank, first_bit, width)                                  \
  if (row_bit >= (first_bit) && row_bit < (first_bit) + (width))      \
    return flip(model.bank, word, row_bit - (first_bit));
  if (memory == 0) {
    TABLE_BANKS(FLIP)
  } else if (memory == 1) {
    PARAMETER_BANKS(FLIP)
  }
  return 0;
}
