/* Runs models on the generic backend and on the tuned one, and compares their outputs: compare_backends [--backends LIST TOLERANCE] MODEL...
 * Inputs are a fixed sequence in -1 ... 1; only models whose inputs are floats of fixed shapes (an open extent is taken as 1) are compared.
 * SPDX-License-Identifier: Apache-2.0 */
#include <coracle/coracle.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "watchdog.h"

/* Relative to the largest output: sums in another order, and Winograd's transforms (measured: 2e-5 at most). */
static const float DEFAULT_TOLERANCE = 1e-4f;

/* Runs `model` on `backends`; a copy of the first output, or NULL. */
static float *run(const coracle_model *model, const char *backends, uint32_t threads, size_t *count, coracle_error *error) {
  coracle_session_options options = CORACLE_SESSION_OPTIONS_INIT;
  coracle_session *session = NULL;
  coracle_tensor tensor = CORACLE_TENSOR_INIT;
  float *copy = NULL;
  size_t index, element;
  options.backends = backends;
  options.thread_count = threads;
  if (coracle_session_create(model, &options, &session, error) != CORACLE_OK) return NULL;
  for (index = 0; index < coracle_model_input_count(model); index++) {
    int axis;
    if (coracle_model_input(model, index, &tensor, error) != CORACLE_OK) goto end;
    for (axis = 0; axis < tensor.rank; axis++) if (tensor.shape[axis] < 0) tensor.shape[axis] = 1;
    if (coracle_session_resize_input(session, index, tensor.shape, tensor.rank, error) != CORACLE_OK) goto end;
  }
  for (index = 0; index < coracle_model_input_count(model); index++) {
    if (coracle_session_input(session, index, &tensor, error) != CORACLE_OK) goto end;
    if (tensor.type == CORACLE_FLOAT32)
      for (element = 0; element < tensor.byte_count / 4; element++)
        ((float *)tensor.data)[element] = (float)((element * 7919 + index) % 2003) / 1001.0f - 1.0f;
    else memset(tensor.data, 0, tensor.byte_count);
  }
  if (coracle_session_run(session, error) != CORACLE_OK || coracle_session_output(session, 0, &tensor, error) != CORACLE_OK ||
      tensor.type != CORACLE_FLOAT32)
    goto end;
  *count = tensor.byte_count / 4;
  copy = malloc(tensor.byte_count + 1);
  if (copy != NULL) memcpy(copy, tensor.data, tensor.byte_count);
end:
  coracle_session_destroy(session);
  return copy;
}

int main(int count, char **arguments) {
  const char *backends = "tuned,generic";
  float tolerance = DEFAULT_TOLERANCE;
  int index = 1, passed = 0, failed = 0;
  if (count > 3 && strcmp(arguments[1], "--backends") == 0) {
    backends = arguments[2];
    tolerance = strtof(arguments[3], NULL);
    index = 4;
  }
  for (; index < count; index++) {
    coracle_error error = CORACLE_ERROR_INIT;
    coracle_model *model = NULL;
    uint32_t threads;
    size_t size = 0, again = 0, element;
    float *expected = NULL;
    watchdog_watch(arguments[index]);
    if (coracle_model_open_file(arguments[index], NULL, &model, &error) == CORACLE_OK) expected = run(model, "generic", 1, &size, &error);
    if (expected == NULL) {
      fprintf(stderr, "%s: %s\n", arguments[index], error.message);
      failed++;
    }
    for (threads = 1; expected != NULL && threads <= 2; threads++) {
      float *found = run(model, backends, threads, &again, &error), largest = 0, difference = 0;
      for (element = 0; found != NULL && again == size && element < size; element++) {
        float apart = fabsf(found[element] - expected[element]);
        largest = fmaxf(largest, fabsf(expected[element]));
        if (!(apart <= difference)) difference = apart;
      }
      if (found != NULL && again == size && difference <= tolerance * largest) passed++;
      else {
        fprintf(stderr, "%s, %u threads: %s, apart by %g of %g\n", arguments[index], (unsigned)threads, found ? "outputs differ" : error.message,
                (double)difference, (double)largest);
        failed++;
      }
      printf("%s, %u threads: %g of %g\n", arguments[index], (unsigned)threads, (double)difference, (double)largest);
      free(found);
    }
    free(expected);
    coracle_model_destroy(model);
  }
  printf("%d passed, %d failed\n", passed, failed);
  return failed != 0;
}
