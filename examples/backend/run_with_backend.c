/* Runs a model with a backend from a shared library, beside the built-in ones, and without it, and compares.
 *
 *   run_with_backend MODEL.coracle BACKEND.so THREADS
 *
 * Prints which operators the backend took and the largest difference of the outputs. Inputs are filled with a pattern; the first dimension, where
 * the model leaves it open, becomes 3. SPDX-License-Identifier: Apache-2.0 */
#include <coracle/coracle.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Makes a session, fills its inputs and runs it. NULL after a failure, which is in `*error`. */
static coracle_session *run(const coracle_model *model, const coracle_session_options *options, coracle_error *error) {
  coracle_session *session = NULL;
  size_t input, index;
  if (coracle_session_create(model, options, &session, error)) return NULL;
  for (input = 0; input < coracle_model_input_count(model); input++) {
    coracle_tensor tensor = CORACLE_TENSOR_INIT;
    if (coracle_model_input(model, input, &tensor, error)) goto failed;
    if (tensor.rank > 0 && tensor.shape[0] < 0) tensor.shape[0] = 3;
    if (coracle_session_resize_input(session, input, tensor.shape, tensor.rank, error)) goto failed;
  }
  for (input = 0; input < coracle_model_input_count(model); input++) {
    coracle_tensor tensor = CORACLE_TENSOR_INIT;
    if (coracle_session_input(session, input, &tensor, error)) goto failed;
    memset(tensor.data, 0, tensor.byte_count);
    for (index = 0; tensor.type == CORACLE_FLOAT32 && index < tensor.byte_count / sizeof(float); index++)
      ((float *)tensor.data)[index] = (float)(index * 37 % 101) / 101;
  }
  if (coracle_session_run(session, error) == CORACLE_OK) return session;
failed:
  coracle_session_destroy(session);
  return NULL;
}

int main(int count, char **arguments) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_session_options options = CORACLE_SESSION_OPTIONS_INIT;
  coracle_model *model = NULL;
  coracle_session *with = NULL, *without = NULL;
  const coracle_backend *backend = NULL;
  size_t node, index, taken = 0;
  double difference = 0;
  int failed = 1;
  if (count != 4) {
    fprintf(stderr, "usage: %s MODEL.coracle BACKEND.so THREADS\n", arguments[0]);
    return 2;
  }
  if (coracle_backend_load(arguments[2], &backend, &error)) goto end;
  options.thread_count = (uint32_t)atoi(arguments[3]);
  if (coracle_model_open_file(arguments[1], NULL, &model, &error) || (without = run(model, &options, &error)) == NULL) goto end;
  options.extra_backends = &backend;
  options.extra_backend_count = 1;
  if ((with = run(model, &options, &error)) == NULL) goto end;

  for (node = 0; node < coracle_session_node_count(with); node++) {
    coracle_node_plan plan = CORACLE_NODE_PLAN_INIT;
    if (coracle_session_node(with, node, &plan, &error)) goto end;
    if (strcmp(plan.backend_name, backend->name) != 0) continue;
    printf("%s %s: %s (%s)\n", plan.operator_name, plan.name, plan.kernel_name, plan.reason);
    taken++;
  }
  for (index = 0; index < coracle_model_output_count(model); index++) {
    coracle_tensor one = CORACLE_TENSOR_INIT, other = CORACLE_TENSOR_INIT;
    size_t element;
    if (coracle_session_output(with, index, &one, &error) || coracle_session_output(without, index, &other, &error)) goto end;
    for (element = 0; one.type == CORACLE_FLOAT32 && element < one.byte_count / sizeof(float); element++)
      difference = fmax(difference, fabs((double)((float *)one.data)[element] - (double)((float *)other.data)[element]));
  }
  printf("%d operators by %s, largest difference %.1e\n", (int)taken, backend->name, difference);
  failed = taken == 0 || !(difference < 1e-5);

end:
  if (error.status != CORACLE_OK) fprintf(stderr, "%s: %s\n", coracle_status_name(error.status), error.message);
  coracle_session_destroy(with);
  coracle_session_destroy(without);
  coracle_model_destroy(model);
  /* Last: the sessions call into it until they end. */
  coracle_backend_unload(backend);
  return failed;
}
