/* Rows of inputs on stdin, as bytes; one line of outputs for each on stdout. */
#include "model.h"

#include <stdio.h>
#include <stdlib.h>

void check(int ok, const char *what) {
  if (ok) return;
  fprintf(stderr, "%s\n", what);
  exit(1);
}

uint8_t *read_file(const char *folder, const char *name, uint32_t *bytes) {
  char path[1024];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "rb");
  check(file != NULL, path);
  fseek(file, 0, SEEK_END);
  *bytes = (uint32_t)ftell(file);
  rewind(file);
  uint8_t *contents = malloc(*bytes);
  check(contents && fread(contents, 1, *bytes, file) == *bytes, path);
  fclose(file);
  return contents;
}

int main(int count, char **arguments) {
  model_start(count > 1 ? arguments[1] : ".");
  uint8_t *input = malloc(model_input_bytes);
  int16_t *output = malloc(2 * model_outputs);
  while (fread(input, 1, model_input_bytes, stdin) == model_input_bytes) {
    check(model_infer(input, output) == 0, "the inference failed");
    for (unsigned m = 0; m < model_outputs; m++) printf(m ? " %d" : "%d", output[m]);
    printf("\n");
  }
  return 0;
}
