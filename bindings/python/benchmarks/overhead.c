/* The C half of overhead.py: for each line on the standard input, times RUNS calls of input, run and output on a model whose open extents become
 * 1, and prints the nanoseconds a call. overhead MODEL.coracle RUNS. SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include <coracle/coracle.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

int main(int count, char **arguments) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_session_options options = CORACLE_SESSION_OPTIONS_INIT;
  coracle_model *model = NULL;
  coracle_session *session = NULL;
  coracle_tensor input = CORACLE_TENSOR_INIT, output = CORACLE_TENSOR_INIT;
  volatile float sum = 0;
  int32_t axis;
  int line;
  if (count != 3) return 2;
  options.thread_count = 1;
  if (coracle_model_open_file(arguments[1], NULL, &model, &error) || coracle_session_create(model, &options, &session, &error) ||
      coracle_model_input(model, 0, &input, &error))
    goto failed;
  for (axis = 0; axis < input.rank; axis++)
    if (input.shape[axis] < 0) input.shape[axis] = 1;
  if (coracle_session_resize_input(session, 0, input.shape, input.rank, &error)) goto failed;
  while ((line = getchar()) != EOF) {
    const double start = nanoseconds();
    int run;
    if (line != '\n') continue;
    for (run = 0; run < atoi(arguments[2]); run++) {
      if (coracle_session_input(session, 0, &input, &error)) goto failed;
      *(float *)input.data = 1;
      if (coracle_session_run(session, &error) || coracle_session_output(session, 0, &output, &error)) goto failed;
      sum += *(float *)output.data;
    }
    printf("%f\n", (nanoseconds() - start) / atoi(arguments[2]));
    fflush(stdout);
  }
  coracle_session_destroy(session);
  coracle_model_destroy(model);
  return 0;
failed:
  fprintf(stderr, "%s\n", error.message);
  return 1;
}
