/*
 * Wasmtime runs nomul.wasm. It compiles for machines that have virtual memory: pages of 64 KiB are no
 * question there.
 */
#include "model.h"
#include "nomul_abi.h"

#include <string.h>
#include <wasm.h>
#include <wasmtime.h>

const unsigned model_input_bytes = NOMUL_INPUT_BYTES, model_outputs = NOMUL_OUTPUTS;

static wasmtime_context_t *context;
static wasmtime_instance_t instance;
static wasmtime_memory_t linear_memory;
static wasmtime_func_t load, run, outputs;

static void done(const wasmtime_error_t *error, const wasm_trap_t *trap, const char *what) {
  check(error == NULL && trap == NULL, what);
}

static uint8_t *memory(uint32_t at) { return wasmtime_memory_data(context, &linear_memory) + at; }

static wasmtime_extern_t find(const char *name, wasmtime_extern_kind_t kind) {
  wasmtime_extern_t item;
  bool found = wasmtime_instance_export_get(context, &instance, name, strlen(name), &item);
  check(found && item.kind == kind, name);
  return item;
}

static wasmtime_func_t function(const char *name) { return find(name, WASMTIME_EXTERN_FUNC).of.func; }

static uint32_t call(const wasmtime_func_t *callee, const uint32_t *arguments, size_t count,
                     size_t results) {
  wasmtime_val_t values[4], result = {.kind = WASMTIME_I32, .of.i32 = 0};
  for (size_t i = 0; i < count; i++) {
    values[i] = (wasmtime_val_t){.kind = WASMTIME_I32, .of.i32 = (int32_t)arguments[i]};
  }
  wasm_trap_t *trap = NULL;
  done(wasmtime_func_call(context, callee, values, count, &result, results, &trap), trap,
       "the call failed");
  return (uint32_t)result.of.i32;
}

void model_start(const char *folder) {
  uint32_t wasm_bytes, model_bytes;
  uint8_t *wasm = read_file(folder, "nomul.wasm", &wasm_bytes);
  uint8_t *model = read_file(folder, "nomul_model.bin", &model_bytes);
  wasm_engine_t *engine = wasm_engine_new();
  wasmtime_store_t *store = wasmtime_store_new(engine, NULL, NULL);
  context = wasmtime_store_context(store);
  wasmtime_module_t *module = NULL;
  wasm_trap_t *trap = NULL;
  done(wasmtime_module_new(engine, wasm, wasm_bytes, &module), NULL, "no module");
  wasmtime_error_t *error = wasmtime_instance_new(context, module, NULL, 0, &instance, &trap);
  done(error, trap, "no instance");
  linear_memory = find("memory", WASMTIME_EXTERN_MEMORY).of.memory;
  load = function("program_load");
  run = function("program_run");
  outputs = function("program_outputs");
  check(model_bytes == NOMUL_DEVICE_BYTES &&
            wasmtime_memory_data_size(context, &linear_memory) >= NOMUL_MEMORY_BYTES,
        "another model's files");
  memcpy(memory(NOMUL_DEVICE_AT), model, model_bytes);
  wasmtime_func_t program_check = function("program_check");
  uint32_t sizes[] = {NOMUL_DEVICE_AT, NOMUL_DEVICE_BYTES, NOMUL_ARENA_ELEMENTS,
                      NOMUL_ACCUMULATORS};
  check(call(&program_check, sizes, 4, 1) == NOMUL_STATUS_OK, "the model is damaged");
}

int model_infer(const void *input, int16_t *output) {
  memcpy(memory(NOMUL_INPUT_AT), input, NOMUL_INPUT_BYTES);
  uint32_t parts[] = {NOMUL_DEVICE_AT, NOMUL_ARENA_AT, NOMUL_INPUT_AT};
  call(&load, parts, 3, 0);
  uint32_t all[] = {NOMUL_DEVICE_AT, NOMUL_ARENA_AT, NOMUL_ACCUMULATORS_AT, 0};
  if (call(&run, all, 4, 1) != NOMUL_STATUS_OK) return -1;
  memcpy(output, memory(call(&outputs, parts, 2, 1)), 2 * NOMUL_OUTPUTS);
  return 0;
}
