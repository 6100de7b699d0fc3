/* The allocator refuses the n-th request, for every n: a status and a sentence, no leak, and the next try works.
 * SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>
#include <string.h>

typedef struct attempt {
  const char *model;
  uint32_t threads;
  const int64_t *shape;
  int32_t rank;
} attempt;

static coracle_status give_inputs(const coracle_model *model, coracle_session *session, coracle_error *error) {
  size_t index;
  for (index = 0; index < coracle_model_input_count(model); index++) {
    coracle_tensor input = CORACLE_TENSOR_INIT;
    coracle_status status = coracle_session_input(session, index, &input, error);
    if (status != CORACLE_OK) return status;
    memset(input.data, 0, input.byte_count);
    if (input.type == CORACLE_FLOAT32 && input.byte_count >= 4) *(float *)input.data = 1;
  }
  return CORACLE_OK;
}

/* Opens, makes, resizes, runs; 1 if it succeeded. After a refusal the rest is tried again with a willing allocator. */
static int try_once(const attempt *what, counter *heap, long refused) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_model_options model_options = CORACLE_MODEL_OPTIONS_INIT;
  coracle_session_options options = CORACLE_SESSION_OPTIONS_INIT;
  coracle_model *model = NULL;
  coracle_session *session = NULL;
  coracle_status status;
  int refusals = 0;
  model_options.allocator = &heap->allocator;
  options.thread_count = what->threads;
  heap->requests = 0;
  heap->refused_request = refused;
#define STEP(call) \
  status = (call); \
  if (status != CORACLE_OK) { \
    refusals++; \
    CHECK_FAILS(CORACLE_OUT_OF_MEMORY, status, &error); \
    heap->refused_request = 0; \
    if (!CHECK_OK(call)) goto end; \
  }
  STEP(coracle_model_open_file(model_path(what->model), &model_options, &model, &error))
  STEP(coracle_session_create(model, &options, &session, &error))
  if (what->shape != NULL) {
    STEP(coracle_session_resize_input(session, 0, what->shape, what->rank, &error))
  }
  STEP(give_inputs(model, session, &error))
  STEP(coracle_session_run(session, &error))
  STEP(coracle_session_run(session, &error))
#undef STEP
  CHECK(refusals <= 1);
end:
  coracle_session_destroy(session);
  coracle_model_destroy(model);
  CHECK(heap->live == 0 && heap->live_bytes == 0 && heap->wrong == 0);
  return refusals == 0;
}

static void refuse_each(const attempt *what) {
  long request;
  int succeeded = 0;
  counter heap;
  counter_init(&heap);
  for (request = 1; request <= 1000 && !succeeded; request++) succeeded = try_once(what, &heap, request);
  CHECK(succeeded && request > 3);
}

static void every_refusal_is_a_status(void) {
  const int64_t shape[2] = {50, 4};
  const attempt attempts[] = {{"small", 1, NULL, 0},  {"small", 3, NULL, 0},    {"open", 1, shape, 2}, {"gather", 2, NULL, 0}, {"halves", 1, NULL, 0},
                              {"branch", 1, NULL, 0}, {"non-zero", 1, NULL, 0}, {"fill", 1, NULL, 0}};
  size_t index;
  for (index = 0; index < sizeof attempts / sizeof *attempts; index++) refuse_each(&attempts[index]);
}

static void every_refusal_with_the_digits(void) {
  const int64_t shape[4] = {3, 1, 8, 8};
  const attempt one = {"digits", 1, shape, 4}, two = {"digits", 2, shape, 4};
  FILE *file = fopen(model_path("digits"), "rb");
  if (file == NULL) {
    printf("skipped: every_refusal_with_the_digits (no converted model: give --model digits=FILE)\n");
    return;
  }
  fclose(file);
  refuse_each(&one);
  refuse_each(&two);
}

const test refusal_tests[] = {{"every_refusal_is_a_status", every_refusal_is_a_status},
                              {"every_refusal_with_the_digits", every_refusal_with_the_digits},
                              {NULL, NULL}};
