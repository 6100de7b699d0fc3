/* libcoracle_kunlun as it is shipped: kunlun_tests LIBCORACLE_KUNLUN.SO DIGITS.coracle. SPDX-License-Identifier: Apache-2.0 */
#include <coracle/coracle.h>
#include <coracle/kunlun.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int passed, failed;

static int check(int holds, const char *what) {
  if (holds) passed++;
  else {
    failed++;
    fprintf(stderr, "failed: %s\n", what);
  }
  return holds;
}

enum { PICTURES = 3, SCORES = PICTURES * 10 };

/* The digits network's scores for a pattern, on the machine as detected or a stock profile; `*on_card` counts the operators that the backend took. */
static coracle_status scores_on(const char *profile_name, const coracle_model *model, const coracle_backend *backend, uint32_t threads, float *result,
                                int *on_card) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_profile profile = CORACLE_PROFILE_INIT;
  coracle_session_options options = CORACLE_SESSION_OPTIONS_INIT;
  coracle_session *session = NULL;
  coracle_tensor tensor = CORACLE_TENSOR_INIT;
  const int64_t shape[] = {PICTURES, 1, 8, 8};
  size_t index;
  options.thread_count = threads;
  if (profile_name != NULL) {
    if (coracle_profile_find(profile_name, &profile, &error)) goto end;
    options.profile = &profile;
  }
  options.extra_backends = &backend;
  options.extra_backend_count = backend != NULL;
  if (coracle_session_create(model, &options, &session, &error) || coracle_session_resize_input(session, 0, shape, 4, &error) ||
      coracle_session_input(session, 0, &tensor, &error))
    goto end;
  for (index = 0; index < tensor.byte_count / sizeof(float); index++) ((float *)tensor.data)[index] = (float)(index * 37 % 17) / 16;
  if (coracle_session_run(session, &error) || coracle_session_output(session, 0, &tensor, &error)) goto end;
  if (check(tensor.byte_count == SCORES * sizeof(float), "ten scores a picture")) memcpy(result, tensor.data, tensor.byte_count);
  for (*on_card = 0, index = 0; index < coracle_session_node_count(session); index++) {
    coracle_node_plan plan = CORACLE_NODE_PLAN_INIT;
    if (coracle_session_node(session, index, &plan, &error) == CORACLE_OK && strcmp(plan.backend_name, "kunlun") == 0) ++*on_card;
  }
end:
  coracle_session_destroy(session);
  return error.status;
}

static int scores(const coracle_model *model, const coracle_backend *backend, uint32_t threads, float *result, int *on_card) {
  return scores_on(NULL, model, backend, threads, result, on_card) == CORACLE_OK;
}

static double difference(const float *one, const float *other) {
  double largest = 0;
  int index;
  for (index = 0; index < SCORES; index++) {
    const double found = fabs((double)one[index] - (double)other[index]);
    if (isnan(found)) return HUGE_VAL;
    if (found > largest) largest = found;
  }
  return largest;
}

static void options_are_checked(void) {
  coracle_kunlun_options options = CORACLE_KUNLUN_OPTIONS_INIT;
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_kunlun_counts counts = {0, 0, 0, 0, 0, 0, 0, 0};
  coracle_backend backend;
  memset(&backend, 0, sizeof backend);
  options.gemm_compute_precision = 7;
  check(coracle_backend_kunlun(&options, &backend, &error) == CORACLE_INVALID_ARGUMENT && strstr(error.message, "gemm_compute_precision 7") != NULL,
        "an unknown precision is refused");
  options.gemm_compute_precision = CORACLE_KUNLUN_TFLOAT32;
  options.generation = 1;
  check(coracle_backend_kunlun(&options, &backend, &error) == CORACLE_UNSUPPORTED && error.status == CORACLE_UNSUPPORTED,
        "the first generation multiplies no floats");
  options.generation = 0;
  options.counts = &counts;
  check(coracle_backend_kunlun(&options, &backend, &error) == CORACLE_INVALID_ARGUMENT && strstr(error.message, "CORACLE_KUNLUN_COUNTS_INIT") != NULL,
        "counts without a size are refused");
  check(backend.name == NULL, "a refusal writes no table");
  check(coracle_backend_kunlun(NULL, NULL, NULL) == CORACLE_INVALID_ARGUMENT, "no table is refused");
}

int main(int count, char **arguments) {
  coracle_error error = CORACLE_ERROR_INIT;
  const coracle_backend *loaded = NULL;
  coracle_model *model = NULL;
  coracle_backend int8, int16, float16, counted;
  coracle_kunlun_options options = CORACLE_KUNLUN_OPTIONS_INIT;
  coracle_kunlun_counts counts = CORACLE_KUNLUN_COUNTS_INIT;
  float expected[SCORES], found[SCORES], again[SCORES];
  int on_card = 0;
  uint32_t threads;
  if (count != 3) {
    fprintf(stderr, "usage: %s LIBCORACLE_KUNLUN.SO DIGITS.coracle\n", arguments[0]);
    return 2;
  }
  options_are_checked();
  if (!check(coracle_backend_load(arguments[1], &loaded, &error) == CORACLE_OK, "the library is a backend") ||
      !check(coracle_model_open_file(arguments[2], NULL, &model, &error) == CORACLE_OK, "the model opens")) {
    fprintf(stderr, "%s\n", error.message);
    goto end;
  }
  check(scores(model, NULL, 1, expected, &on_card) && on_card == 0, "the network runs without it");
  check(scores(model, loaded, 1, found, &on_card) && on_card >= 2, "the network runs on it");
  /* int16: every operand is off by 2^-16 of its maximum, which some ten thousandths of a probability hold with room. */
  check(difference(found, expected) > 0 && difference(found, expected) < 1e-3, "int16 is near float32");
  for (threads = 2; threads <= 3; threads++)
    check(scores(model, loaded, threads, again, &on_card) && memcmp(found, again, sizeof found) == 0, "threads give the same bits");
  options.counts = &counts;
  check(coracle_backend_kunlun(&options, &counted, &error) == CORACLE_OK, "with counts it is a table");
  check(scores(model, &counted, 2, again, &on_card) && memcmp(found, again, sizeof found) == 0, "counting changes no bit");
  check(counts.maxima_found >= 1 && counts.maxima_found + counts.maxima_linked >= (uint64_t)on_card && counts.copies_to_host == 0 && counts.copies_to_device == 0,
        "products have found their maxima, and no operator has run on the host");
  options.link_max = 0;
  check(coracle_backend_kunlun(&options, &counted, &error) == CORACLE_OK, "without links it is a table");
  check(scores(model, &counted, 1, again, &on_card) && memcmp(found, again, sizeof found) == 0, "links change no bit");
  options.link_max = 1;
  options.counts = NULL;
  options.gemm_compute_precision = CORACLE_KUNLUN_INT8;
  check(coracle_backend_kunlun(&options, &int8, &error) == CORACLE_OK, "int8 is a table");
  check(scores(model, &int8, 2, again, &on_card) && difference(again, expected) > 4 * difference(found, expected), "int8 is further away");
  /* Half precision is int16 on the first generation, which the profile tells. */
  options.gemm_compute_precision = CORACLE_KUNLUN_FLOAT16;
  check(coracle_backend_kunlun(&options, &float16, &error) == CORACLE_OK, "float16 is a table");
  check(scores_on("kunlun-k200", model, &float16, 1, again, &on_card) == CORACLE_OK && on_card >= 2, "the network runs on a K200");
  options.generation = 1;
  options.gemm_compute_precision = CORACLE_KUNLUN_INT16;
  check(coracle_backend_kunlun(&options, &int16, &error) == CORACLE_OK, "int16 of the first generation is a table");
  check(scores(model, &int16, 1, found, &on_card) && memcmp(found, again, sizeof found) == 0, "float16 is int16 there");
  options.generation = 0;
  options.gemm_compute_precision = CORACLE_KUNLUN_TFLOAT32;
  check(coracle_backend_kunlun(&options, &float16, &error) == CORACLE_OK, "tfloat32 is a table of some card");
  check(scores_on("kunlun-k200", model, &float16, 1, again, &on_card) == CORACLE_BACKEND_FAILED, "a K200 has no tfloat32, and no other backend steps in");
end:
  coracle_model_destroy(model);
  coracle_backend_unload(loaded);
  printf("%d passed, %d failed\n", passed, failed);
  return failed != 0;
}
