/* What main.c wants from a runtime: one file beside it has both functions for one of them. */
#ifndef MODEL_H
#define MODEL_H

#include <stdint.h>

/* Bytes of one row of inputs, and outputs of one inference. */
extern const unsigned model_input_bytes, model_outputs;

/* folder: what `nomul export` wrote. Ends the program with a message if the model cannot be run. */
void model_start(const char *folder);

/* One inference. 0 if it was done. */
int model_infer(const void *input, int16_t *output);

/* Reads a file of the folder. Ends the program with a message if it cannot. */
uint8_t *read_file(const char *folder, const char *name, uint32_t *bytes);

/* Ends the program if something went wrong, a message of the runtime's. */
void check(int ok, const char *what);

#endif
