/* What the C tools share. SPDX-License-Identifier: Apache-2.0 */
#ifndef CORACLE_TOOLS_COMMON_H
#define CORACLE_TOOLS_COMMON_H

#include <coracle/coracle.h>
#include <stdint.h>
#include <stdio.h>

/* What both tools are told by their arguments. */
typedef struct options {
  const char *model, *profile, *output;
  uint32_t threads, runs;
  int verify;
  const char *inputs[32];
  int input_count;
} options;

/* A model with a session, and the buffers bound to its inputs. */
typedef struct loaded {
  coracle_profile profile;
  coracle_model *model;
  coracle_session *session;
  void *buffers[64];
  double load_seconds, prepare_seconds;
} loaded;

double seconds(void);

/* Reads the arguments; prints what is wrong, or the usage, and returns 0 where they are not to be run. */
int read_options(int count, char **arguments, const char *usage, options *options);

/* Opens the model and makes a session. Prints a sentence and returns 0 on failure. */
int load(const options *options, loaded *loaded);
void unload(loaded *loaded);

/* Prints an error's sentence behind what was tried; returns 0. */
int complain(const char *what, const coracle_error *error);

/* Reads a NumPy array (little endian, C order) of the tensor's type, whose shape it takes, or raw elements of the tensor's fixed shape. On
 * success `*buffer` is the caller's to free and `tensor->data` points into it. */
int read_array(const char *path, coracle_tensor *tensor, void **buffer);
/* Writes a tensor as a NumPy array. */
int write_array(const char *path, const coracle_tensor *tensor);

/* Elements of a tensor whose shape is known. */
int64_t element_count(const coracle_tensor *tensor);

#endif
