// The harness as a process of its own: requests on stdin, answers on stdout (test/native/machine.ts).
//
// Request: u32 operation, a, b, c, bytes behind it. Answer: u64 value, u32 bytes behind it.
// sim.h is what wasm2c makes of build/sim.wasm, so that this harness is the very one that runs in Node.

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>

extern "C" {
#include "sim.h"
}

namespace {

enum Operation : uint32_t {
  op_reset, op_push, op_pop, op_run, op_line, op_read_flash, op_write_flash, op_flash_present,
  op_flash_operations, op_flash_cut, op_cycles, op_levels, op_fresh
};

struct Request {
  uint32_t operation, a, b, c, bytes;
};

Z_sim_instance_t harness;

// Another board of the same kind: nothing in its flash chip, its line rate the device's.
void fresh() {
  static bool before;
  if (before) Z_sim_free(&harness);
  before = true;
  Z_sim_instantiate(&harness, nullptr);
  Z_simZ_board(&harness, CLOCK_HZ, DIVISOR);
  Z_simZ_reset(&harness);
}

uint8_t *memory(uint32_t address) { return Z_simZ_memory(&harness)->data + address; }
uint8_t *flash_cells(uint32_t offset) { return memory(Z_simZ_flashCells(&harness) + offset); }

void answer(uint64_t value, const uint8_t *data = nullptr, uint32_t bytes = 0) {
  fwrite(&value, sizeof value, 1, stdout);
  fwrite(&bytes, sizeof bytes, 1, stdout);
  if (bytes > 0) fwrite(data, 1, bytes, stdout);
  fflush(stdout);
}

// Piece by piece through the staging buffer. Returns how many found room.
uint32_t push(const std::vector<uint8_t> &data) {
  const uint32_t most = Z_simZ_stagingSize(&harness);
  uint32_t taken = 0;
  while (taken < data.size()) {
    const uint32_t left = uint32_t(data.size()) - taken;
    const uint32_t count = left < most ? left : most;
    memcpy(memory(Z_simZ_staging(&harness)), data.data() + taken, count);
    const uint32_t found = Z_simZ_push(&harness, count);
    taken += found;
    if (found < count) break;
  }
  return taken;
}

void serve(const Request &r, const std::vector<uint8_t> &data) {
  switch (r.operation) {
    case op_fresh: fresh(); return answer(0);
    case op_reset: Z_simZ_reset(&harness); return answer(0);
    case op_push: return answer(push(data));
    case op_pop: {
      const uint32_t count = Z_simZ_pop(&harness);
      return answer(count, memory(Z_simZ_staging(&harness)), count);
    }
    case op_run: return answer(Z_simZ_run(&harness, r.a, r.b));
    case op_line: Z_simZ_line(&harness, r.a); return answer(0);
    case op_read_flash: return answer(r.b, flash_cells(r.a), r.b);
    case op_write_flash: memcpy(flash_cells(r.a), data.data(), r.bytes); return answer(r.bytes);
    case op_flash_present: Z_simZ_flashPresent(&harness, r.a); return answer(0);
    case op_flash_operations: return answer(Z_simZ_flashOperations(&harness));
    case op_flash_cut: Z_simZ_flashCut(&harness, r.a, r.b, r.c); return answer(0);
    case op_cycles: return answer(uint64_t(Z_simZ_cycles(&harness)));
    case op_levels: return answer(Z_simZ_levels(&harness));
  }
}

}  // namespace

int main() {
  Request request;
  std::vector<uint8_t> data;
  wasm_rt_init();
  Z_sim_init_module();
  fresh();
  while (fread(&request, sizeof request, 1, stdin) == 1) {
    data.resize(request.bytes);
    if (request.bytes > 0 && fread(data.data(), request.bytes, 1, stdin) != 1) return 1;
    serve(request, data);
  }
  Z_simZ_reset(&harness);  // gives the last model's coverage away before statics of Verilator end
  return 0;
}
