// A serial NOR flash chip of the W25Q128 class on the model's SPI pins: what the gateware's slots live
// in. Behaviour and typical times follow the W25Q128JV datasheet, revision F: commands, status
// register 1, page wrap, erase before write, power-down, busy times. A cut of power in the middle of
// an operation leaves torn bits.
//
// One-eval stepping shows the model's outputs one clock late, so the answer to a falling edge of sck
// reaches the model two clocks after it: with sck = clk/2 the master has to sample at the clock edge
// that begins the next falling edge, which on a board also gives the chip a whole period to answer.

#pragma once

#include <cstdint>
#include <cstring>

constexpr uint32_t flash_bytes = 1 << 24;
constexpr uint32_t flash_page = 256;
constexpr uint32_t flash_sector = 4096;
// Stored inverted, so that memory that was never touched reads as erased.
uint8_t flash_cells[flash_bytes];

struct Flash {
  enum Operation : uint32_t { idle, program, erase, release };
  static constexpr uint32_t program_cycles = uint64_t(CLOCK_HZ) * 7 / 10000;  // tPP 0.7 ms
  static constexpr uint32_t erase_cycles = uint64_t(CLOCK_HZ) * 45 / 1000;    // tSE 45 ms
  static constexpr uint32_t release_cycles = CLOCK_HZ / 333333 + 1;           // tRES1 3 us
  static constexpr uint8_t jedec_id[3] = {0xef, 0x40, 0x18};
  static constexpr uint32_t never = ~0u;

  bool present = true;
  bool out_level = true;  // of the data pin
  // Since power-on
  bool powered_down, write_enabled, was_selected, was_high, out;
  uint8_t shift, out_shift, command;
  uint32_t bits, address;
  uint8_t page[flash_page];
  bool page_filled[flash_page];
  Operation operation;
  uint32_t busy, busy_total;  // clock cycles
  // Power cut to come
  uint32_t operations;  // program and erase operations begun, also before power-on
  uint32_t cut_operation = never, cut_fraction, random;
  bool cut;  // power is gone

  // iCE40 devices put the chip into power-down when they have read their configuration.
  void power_on() {
    powered_down = true;
    write_enabled = was_selected = was_high = cut = false;
    out = true;
    shift = out_shift = command = 0;
    bits = address = busy = busy_total = 0;
    operation = idle;
  }

  // One clock cycle with these levels; returns the level of the data output.
  bool step(bool selected, bool high, bool in) {
    if (busy > 0) work();
    if (selected | was_selected) {
      if (!was_selected) bits = 0;
      if (selected && high && !was_high) rise(in);
      if (selected && !high && was_high) fall();
      if (!selected) deselect();
      was_selected = selected;
      was_high = high;
    }
    return !present || out;
  }

 private:
  uint32_t next_random() {
    random ^= random << 13;
    random ^= random >> 17;
    return random ^= random << 5;
  }

  uint8_t status() const { return (busy > 0 ? 1 : 0) | (write_enabled ? 2 : 0); }

  void rise(bool in) {
    shift = uint8_t(shift << 1 | in);
    if (++bits % 8 != 0) return;
    const uint32_t count = bits / 8;  // bytes received
    if (count == 1) {
      command = shift;
    } else if (count <= 4) {
      // An operation under way keeps its own while the status register is read.
      if (busy == 0) address = (address << 8 | shift) & (flash_bytes - 1);
    } else if (command == 0x02) {
      // Beyond the page's end the address wraps to its start; the last 256 bytes count.
      const uint32_t at = (address + count - 5) % flash_page;
      page[at] = shift;
      page_filled[at] = true;
    }
    if (command == 0x02 && count == 4) memset(page_filled, 0, sizeof page_filled);
    out_shift = next_out(count);
  }

  // The byte to send after `count` received ones.
  uint8_t next_out(uint32_t count) {
    if (powered_down) return 0xff;
    if (command == 0x05) return status();
    if (busy > 0) return 0xff;
    const uint32_t data = command == 0x03 ? 4 : command == 0x0b ? 5 : never;
    if (data != never && count >= data) {
      return uint8_t(~flash_cells[(address + count - data) % flash_bytes]);
    }
    if (command == 0x9f && count <= 3) return jedec_id[count - 1];
    return 0xff;
  }

  void fall() {
    out = out_shift >> 7;
    out_shift = uint8_t(out_shift << 1 | 1);
  }

  // Commands that change something are carried out when the chip is deselected on a byte boundary.
  void deselect() {
    out = true;
    const bool whole = bits % 8 == 0;
    const uint32_t count = bits / 8;
    if (!present || !whole || count == 0 || busy > 0) return;
    if (powered_down) {
      if (command == 0xab) begin(release, release_cycles);
      return;
    }
    if (command == 0xb9) powered_down = true;
    if (command == 0x06) write_enabled = true;
    if (command == 0x04) write_enabled = false;
    if (!write_enabled) return;
    if (command == 0x20 && count == 4) begin(erase, erase_cycles);
    if (command == 0x02 && count > 4) begin(program, program_cycles);
  }

  void begin(Operation what, uint32_t cycles) {
    operation = what;
    busy = busy_total = cycles;
    if (what == release) return;
    // 0: not one bit has changed yet; 65536: all have, but nobody was told.
    if (operations++ == cut_operation) {
      cut_operation = never;
      tear(cut_fraction);
      cut = true;
    }
  }

  void work() {
    if (--busy > 0) return;
    if (operation == release) powered_down = false;
    else {
      tear(65536);
      write_enabled = false;
    }
    operation = idle;
  }

  bool chance(uint32_t fraction) { return (next_random() >> 8 & 0xffff) < fraction; }

  uint8_t some_bits(uint32_t fraction) {
    uint8_t bits_set = 0;
    for (int bit = 0; bit < 8; bit++) bits_set |= uint8_t(chance(fraction) << bit);
    return bits_set;
  }

  // Does a part of the operation, in 65536ths. A program operation clears bits in no certain order.
  // An erase first clears all bits, so that they wear alike, and then sets them.
  void tear(uint32_t fraction) {
    if (operation == program) {
      uint8_t *cells = flash_cells + (address & ~(flash_page - 1));
      for (uint32_t i = 0; i < flash_page; i++) {
        if (page_filled[i]) cells[i] |= uint8_t(~page[i]) & some_bits(fraction);
      }
      return;
    }
    uint8_t *cells = flash_cells + (address & ~(flash_sector - 1));
    constexpr uint32_t clearing = 65536 / 4;
    for (uint32_t i = 0; i < flash_sector; i++) {
      if (fraction >= 65536) cells[i] = 0;
      else if (fraction < clearing) cells[i] |= some_bits(fraction * 4);
      else cells[i] = uint8_t(~some_bits((fraction - clearing) * 4 / 3));
    }
  }
};
