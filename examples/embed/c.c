/* The sources of `nomul export c`. */
#include "model.h"
#include "nomul.h"

const unsigned model_input_bytes = NOMUL_INPUT_BYTES, model_outputs = NOMUL_OUTPUTS;

void model_start(const char *folder) {
  (void)folder;
  check(nomul_start() == 0, "the model is damaged");
}

int model_infer(const void *input, int16_t *output) { return nomul_infer(input, output); }
