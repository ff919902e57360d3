/*
 * wasm3 runs nomul.wasm. The module declares pages of 64 KiB, but wasm3 can be told to take less: memory
 * is limited to what the model's memory plan says, to the byte. That limit is no part of wasm3's public
 * header, hence m3_env.h, which lies in the same folder.
 */
#include "m3_env.h"
#include "model.h"
#include "nomul_abi.h"
#include "wasm3.h"

#include <string.h>

#define STACK_BYTES 2048

const unsigned model_input_bytes = NOMUL_INPUT_BYTES, model_outputs = NOMUL_OUTPUTS;

static IM3Runtime runtime;
static IM3Function load, run, outputs;

static void done(M3Result result) { check(result == m3Err_none, result ? result : ""); }

static uint8_t *memory(uint32_t at) { return m3_GetMemory(runtime, NULL, 0) + at; }

static uint32_t result_of(IM3Function function) {
  uint32_t value = 0;
  done(m3_GetResultsV(function, &value));
  return value;
}

void model_start(const char *folder) {
  uint32_t wasm_bytes, model_bytes;
  uint8_t *wasm = read_file(folder, "nomul.wasm", &wasm_bytes);
  uint8_t *model = read_file(folder, "nomul_model.bin", &model_bytes);
  IM3Environment environment = m3_NewEnvironment();
  runtime = m3_NewRuntime(environment, STACK_BYTES, NULL);
  check(runtime != NULL, "no runtime");
  runtime->memoryLimit = NOMUL_MEMORY_BYTES;
  IM3Module module;
  done(m3_ParseModule(environment, &module, wasm, wasm_bytes));
  done(m3_LoadModule(runtime, module));
  IM3Function program_check;
  done(m3_FindFunction(&program_check, runtime, "program_check"));
  done(m3_FindFunction(&load, runtime, "program_load"));
  done(m3_FindFunction(&run, runtime, "program_run"));
  done(m3_FindFunction(&outputs, runtime, "program_outputs"));
  uint32_t has = 0;
  m3_GetMemory(runtime, &has, 0);
  check(model_bytes == NOMUL_DEVICE_BYTES && has >= NOMUL_MEMORY_BYTES, "another model's files");
  memcpy(memory(NOMUL_DEVICE_AT), model, model_bytes);
  done(m3_CallV(program_check, NOMUL_DEVICE_AT, NOMUL_DEVICE_BYTES, NOMUL_ARENA_ELEMENTS,
                NOMUL_ACCUMULATORS));
  check(result_of(program_check) == NOMUL_STATUS_OK, "the model is damaged");
}

int model_infer(const void *input, int16_t *output) {
  memcpy(memory(NOMUL_INPUT_AT), input, NOMUL_INPUT_BYTES);
  done(m3_CallV(load, NOMUL_DEVICE_AT, NOMUL_ARENA_AT, NOMUL_INPUT_AT));
  done(m3_CallV(run, NOMUL_DEVICE_AT, NOMUL_ARENA_AT, NOMUL_ACCUMULATORS_AT, 0));
  if (result_of(run) != NOMUL_STATUS_OK) return -1;
  done(m3_CallV(outputs, NOMUL_DEVICE_AT, NOMUL_ARENA_AT));
  memcpy(output, memory(result_of(outputs)), 2 * NOMUL_OUTPUTS);
  return 0;
}
