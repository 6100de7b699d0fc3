/* Runs the test vector of each model, on each backend that there is, with 1 and 3 threads: operator_cases MODEL...
 * A float32 may differ by the metadata `absolute` and `relative` times the expected element, which are the case's own; other types not at all.
 * Where the metadata has a `status`, making the session or running it must fail with that status and a sentence. Models written by make_case_models.py. SPDX-License-Identifier: Apache-2.0 */
#include <coracle/coracle.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "watchdog.h"

static double number_of(const coracle_model *model, const char *key) {
  const char *value = NULL;
  return coracle_model_metadata(model, key, &value, NULL) == CORACLE_OK ? strtod(value, NULL) : 0;
}

/* The index of the first element that differs, or -1. */
static ptrdiff_t difference(const coracle_tensor *found, const coracle_tensor *expected, double absolute, double relative) {
  size_t index, count = expected->byte_count / sizeof(float);
  const float *f = found->data, *e = expected->data;
  if (expected->type != CORACLE_FLOAT32)
    return expected->byte_count == 0 || memcmp(found->data, expected->data, expected->byte_count) == 0 ? -1 : 0;
  for (index = 0; index < count; index++) {
    const double allowed = absolute + relative * fabs(e[index]);
    const int same = isnan(e[index]) ? isnan(f[index]) : isinf(e[index]) ? f[index] == e[index] : fabs((double)f[index] - e[index]) <= allowed;
    if (!same) return (ptrdiff_t)index;
  }
  return -1;
}

static int is_equal_shape(const coracle_tensor *one, const coracle_tensor *other) {
  return one->type == other->type && one->rank == other->rank && memcmp(one->shape, other->shape, (size_t)one->rank * sizeof *one->shape) == 0;
}

/* Runs the vector in one session; gives the number of outputs that are wrong, or -1 where it cannot run. */
static int run(const coracle_model *model, const char *path, const char *backends, uint32_t threads, int *compared, coracle_error *error) {
  coracle_session_options options = CORACLE_SESSION_OPTIONS_INIT;
  const double absolute = number_of(model, "absolute"), relative = number_of(model, "relative");
  coracle_session *session = NULL;
  int wrong = -1, failures = 0;
  size_t index;
  options.backends = backends;
  options.thread_count = threads;
  if (coracle_session_create(model, &options, &session, error)) return -1;
  for (index = 0; index < coracle_model_input_count(model); index++) {
    coracle_tensor from = CORACLE_TENSOR_INIT, to = CORACLE_TENSOR_INIT;
    if (coracle_model_test_vector(model, 0, 0, index, &from, error) || coracle_session_input(session, index, &to, error)) goto end;
    if (from.byte_count > 0) memcpy(to.data, from.data, from.byte_count);
  }
  if (coracle_session_run(session, error)) goto end;
  for (index = 0; index < coracle_model_output_count(model); index++) {
    coracle_tensor found = CORACLE_TENSOR_INIT, expected = CORACLE_TENSOR_INIT;
    ptrdiff_t at;
    if (coracle_model_test_vector(model, 0, 1, index, &expected, error) || coracle_session_output(session, index, &found, error)) goto end;
    (*compared)++;
    if (!is_equal_shape(&found, &expected)) {
      fprintf(stderr, "%s, %s, %u threads: %s has another shape or type\n", path, backends ? backends : "all", (unsigned)threads, found.name);
      failures++;
    } else if ((at = difference(&found, &expected, absolute, relative)) >= 0) {
      fprintf(stderr, "%s, %s, %u threads: %s differs at %ld", path, backends ? backends : "all", (unsigned)threads, found.name, (long)at);
      if (expected.type == CORACLE_FLOAT32) fprintf(stderr, ": %.9g, expected %.9g", ((float *)found.data)[at], ((float *)expected.data)[at]);
      fprintf(stderr, "\n");
      failures++;
    }
  }
  wrong = failures;
end:
  coracle_session_destroy(session);
  return wrong;
}

int main(int count, char **arguments) {
  static const char *const orders[] = {NULL, "generic"};
  int passed = 0, failed = 0, argument;
  for (argument = 1; argument < count; argument++) {
    coracle_error error = CORACLE_ERROR_INIT;
    coracle_model *model = NULL;
    const char *status = NULL;
    size_t order;
    uint32_t threads;
    watchdog_watch(arguments[argument]);
    if (coracle_model_open_file(arguments[argument], NULL, &model, &error)) {
      fprintf(stderr, "%s: %s\n", arguments[argument], error.message);
      failed++;
      continue;
    }
    coracle_model_metadata(model, "status", &status, NULL);
    for (order = 0; order < sizeof orders / sizeof *orders; order++)
      for (threads = 1; threads <= 3; threads += 2) {
        int compared = 0;
        const int wrong = run(model, arguments[argument], orders[order], threads, &compared, &error);
        if (status != NULL) {
          const int refused = wrong < 0 && error.message[0] != 0 && strcmp(coracle_status_name(error.status), status) == 0;
          if (!refused) fprintf(stderr, "%s, %s, %u threads: %s, expected %s: %s\n", arguments[argument], orders[order] ? orders[order] : "all",
                                (unsigned)threads, wrong < 0 ? coracle_status_name(error.status) : "no failure", status, wrong < 0 ? error.message : "");
          refused ? passed++ : failed++;
          continue;
        }
        if (wrong < 0) fprintf(stderr, "%s, %s, %u threads: %s\n", arguments[argument], orders[order] ? orders[order] : "all", (unsigned)threads, error.message);
        failed += wrong < 0 ? 1 : wrong;
        passed += wrong < 0 ? 0 : compared - wrong;
      }
    coracle_model_destroy(model);
  }
  printf("%d passed, %d failed\n", passed, failed);
  return failed > 0 || passed == 0;
}
