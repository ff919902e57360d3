// Verilator's model of the gateware, or of a netlist, as the model that assembly/sim.ts steps. Built by
// test/native/build.ts.

#include "Vnomul_top.h"
#include "verilated.h"
#if VM_COVERAGE
#include "verilated_cov.h"
#endif

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

namespace {

std::unique_ptr<VerilatedContext> context;
std::unique_ptr<Vnomul_top> model;

// Counts live in the model, so each power-on has a file of its own: <NOMUL_COVERAGE>.<number>
void write_coverage() {
#if VM_COVERAGE
  static uint32_t number;
  const char *path = getenv("NOMUL_COVERAGE");
  if (!context || !path) return;
  context->coveragep()->write((path + ("." + std::to_string(number++))).c_str());
#endif
}

}  // namespace

struct Z_model_instance_t;

extern "C" void Z_modelZ_reset(Z_model_instance_t *) {
  write_coverage();
  model.reset();
  context = std::make_unique<VerilatedContext>();
  model = std::make_unique<Vnomul_top>(context.get());
}

// One clock cycle; bits as in assembly/sim/model.ts. The divisor is not at a pin: 0 = as built.
extern "C" uint32_t Z_modelZ_step(Z_model_instance_t *, uint32_t inputs) {
  model->clk_i = 0;
  model->uart_rx_i = inputs & 1;
  model->flash_miso_i = inputs >> 1 & 1;
  model->eval();
  const uint32_t outputs = model->uart_tx_o | model->busy_o << 1 | model->flash_cs_n_o << 2 |
                           model->flash_sck_o << 3 | model->flash_mosi_o << 4;
  model->clk_i = 1;
  model->eval();
  return outputs;
}
