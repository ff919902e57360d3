/*
 * WAMR (2.x, interpreter) runs nomul.wasm. WAMR gives the module the pages of 64 KiB that it declares; it
 * makes memory smaller only for modules with the globals that LLVM's linker writes, which this one does
 * not have. Where that is too much RAM, take wasm3 or `nomul export c`.
 */
#include "model.h"
#include "nomul_abi.h"
#include "wasm_export.h"

#include <string.h>

#define STACK_BYTES 4096

const unsigned model_input_bytes = NOMUL_INPUT_BYTES, model_outputs = NOMUL_OUTPUTS;

static wasm_module_inst_t instance;
static wasm_exec_env_t environment;
static wasm_function_inst_t load, run, outputs;

static uint8_t *memory(uint32_t at) { return wasm_runtime_addr_app_to_native(instance, at); }

static wasm_function_inst_t find(const char *name) {
  wasm_function_inst_t function = wasm_runtime_lookup_function(instance, name);
  check(function != NULL, name);
  return function;
}

/* The result, if there is one, takes the place of the first argument. */
static uint32_t call(wasm_function_inst_t function, uint32_t count, uint32_t *arguments) {
  bool done = wasm_runtime_call_wasm(environment, function, count, arguments);
  check(done, done ? "" : wasm_runtime_get_exception(instance));
  return arguments[0];
}

void model_start(const char *folder) {
  char error[128] = "";
  uint32_t wasm_bytes, model_bytes;
  uint8_t *wasm = read_file(folder, "nomul.wasm", &wasm_bytes);
  uint8_t *model = read_file(folder, "nomul_model.bin", &model_bytes);
  check(wasm_runtime_init(), "no runtime");
  wasm_module_t module = wasm_runtime_load(wasm, wasm_bytes, error, sizeof error);
  check(module != NULL, error);
  instance = wasm_runtime_instantiate(module, STACK_BYTES, 0, error, sizeof error);
  check(instance != NULL, error);
  environment = wasm_runtime_create_exec_env(instance, STACK_BYTES);
  check(environment != NULL, "no environment");
  load = find("program_load");
  run = find("program_run");
  outputs = find("program_outputs");
  check(model_bytes == NOMUL_DEVICE_BYTES &&
            wasm_runtime_validate_app_addr(instance, 0, NOMUL_MEMORY_BYTES),
        "another model's files");
  memcpy(memory(NOMUL_DEVICE_AT), model, model_bytes);
  uint32_t sizes[] = {NOMUL_DEVICE_AT, NOMUL_DEVICE_BYTES, NOMUL_ARENA_ELEMENTS,
                      NOMUL_ACCUMULATORS};
  check(call(find("program_check"), 4, sizes) == NOMUL_STATUS_OK, "the model is damaged");
}

int model_infer(const void *input, int16_t *output) {
  memcpy(memory(NOMUL_INPUT_AT), input, NOMUL_INPUT_BYTES);
  uint32_t loaded[] = {NOMUL_DEVICE_AT, NOMUL_ARENA_AT, NOMUL_INPUT_AT};
  call(load, 3, loaded);
  uint32_t ran[] = {NOMUL_DEVICE_AT, NOMUL_ARENA_AT, NOMUL_ACCUMULATORS_AT, 0};
  if (call(run, 4, ran) != NOMUL_STATUS_OK) return -1;
  uint32_t found[] = {NOMUL_DEVICE_AT, NOMUL_ARENA_AT};
  memcpy(output, memory(call(outputs, 2, found)), 2 * NOMUL_OUTPUTS);
  return 0;
}
