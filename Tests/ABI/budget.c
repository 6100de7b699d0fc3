/* A memory budget where shapes change: what does not fit is a status with the missing bytes, and the session goes on with shapes that fit.
 * SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>
#include <string.h>

static coracle_session *make(const char *name, uint64_t budget, counter *heap) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_session_options options = CORACLE_SESSION_OPTIONS_INIT;
  coracle_session *session = NULL;
  coracle_model *model = open_model(name, NULL);
  if (model == NULL) return NULL;
  options.thread_count = 1;
  options.memory_budget = budget;
  options.allocator = &heap->allocator;
  CHECK_OK(coracle_session_create(model, &options, &session, &error));
  coracle_model_destroy(model);
  return session;
}

static uint64_t needed(coracle_session *session) {
  coracle_memory memory = CORACLE_MEMORY_INIT;
  coracle_error error = CORACLE_ERROR_INIT;
  CHECK_OK(coracle_session_memory(session, &memory, &error));
  return memory.arena_bytes + memory.scratch_bytes + memory.packed_bytes + memory.state_bytes;
}

/* Checks that the sentence names what is needed, what is missing and the budget, and that they agree. */
static void check_sentence(const coracle_error *error, uint64_t bytes, uint64_t budget) {
  unsigned long long found, missing, told;
  CHECK(sscanf(error->message, "the session needs %llu bytes, %llu more than its budget of %llu", &found, &missing, &told) == 3 && told == budget &&
        found == budget + missing && (bytes == 0 || found == bytes));
}

/* Runs `open` on x of `rows` rows of ones: y = 2, 3, 4, 5. */
static coracle_status run_open(coracle_session *session, int64_t rows, coracle_error *error) {
  const int64_t shape[2] = {rows, 4};
  coracle_tensor x = CORACLE_TENSOR_INIT, y = CORACLE_TENSOR_INIT;
  coracle_status status;
  size_t index;
  CHECK_OK(coracle_session_resize_input(session, 0, shape, 2, error));
  status = coracle_session_input(session, 0, &x, error);
  if (status != CORACLE_OK) return status;
  for (index = 0; index < (size_t)rows * 4; index++) ((float *)x.data)[index] = 1;
  status = coracle_session_run(session, error);
  if (status != CORACLE_OK) return status;
  CHECK_OK(coracle_session_output(session, 0, &y, error));
  for (index = 0; index < (size_t)rows * 4; index++) CHECK(((float *)y.data)[index] == (float)(index % 4 + 2));
  return status;
}

static void a_shape_beyond_the_budget(void) {
  const int64_t sizes[] = {1000, 1001, 10, 100000, 1000, 0, 1001, 1000};
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_session *session;
  const int64_t shape[2] = {1000, 4};
  counter heap;
  uint64_t budget;
  size_t index;
  counter_init(&heap);
  session = make("open", 0, &heap);
  if (session == NULL) return;
  CHECK_OK(coracle_session_resize_input(session, 0, shape, 2, &error));
  budget = needed(session);
  coracle_session_destroy(session);

  session = make("open", budget, &heap);
  if (session == NULL) return;
  for (index = 0; index < sizeof sizes / sizeof *sizes; index++) {
    coracle_tensor y = CORACLE_TENSOR_INIT;
    if (sizes[index] <= 1000) {
      CHECK_OK(run_open(session, sizes[index], &error));
    } else {
      CHECK_FAILS(CORACLE_OVER_BUDGET, run_open(session, sizes[index], &error), &error);
      check_sentence(&error, needed(session), budget);
      CHECK_FAILS(CORACLE_OVER_BUDGET, coracle_session_prepare(session, &error), &error);
      CHECK_FAILS(CORACLE_OVER_BUDGET, coracle_session_run(session, &error), &error);
      CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_output(session, 0, &y, &error), &error);
    }
    CHECK(heap.live_bytes <= budget);
  }
  coracle_session_destroy(session);
  CHECK(heap.live == 0 && heap.wrong == 0);
}

/* Runs `fills` for two lengths, in bytes of float32. */
static coracle_status run_fills(coracle_session *session, int64_t a, int64_t b, coracle_error *error) {
  const int64_t counts[2] = {a / 4, b / 4};
  coracle_status status;
  size_t index;
  for (index = 0; index < 2; index++) {
    coracle_tensor length = CORACLE_TENSOR_INIT;
    CHECK_OK(coracle_session_input(session, index, &length, error));
    memcpy(length.data, &counts[index], sizeof counts[index]);
  }
  status = coracle_session_run(session, error);
  for (index = 0; status == CORACLE_OK && index < 2; index++) {
    coracle_tensor ones = CORACLE_TENSOR_INIT;
    CHECK_OK(coracle_session_output(session, index, &ones, error));
    CHECK(ones.shape[0] == counts[index] && (counts[index] == 0 || ((float *)ones.data)[counts[index] - 1] == 1));
  }
  return status;
}

static void a_size_that_only_the_run_knows(void) {
  const int64_t K = 1024;
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_session *session;
  counter heap;
  uint64_t budget;
  counter_init(&heap);
  session = make("fills", 0, &heap);
  if (session == NULL) return;
  budget = needed(session) + (uint64_t)(1000 * K);
  coracle_session_destroy(session);

  session = make("fills", budget, &heap);
  if (session == NULL) return;
  CHECK_OK(run_fills(session, 900 * K, 50 * K, &error));
  /* Fits by itself, not beside what the first run has left. */
  CHECK_OK(run_fills(session, 50 * K, 900 * K, &error));
  CHECK_FAILS(CORACLE_OVER_BUDGET, run_fills(session, 600 * K, 500 * K, &error), &error);
  check_sentence(&error, 0, budget);
  CHECK(heap.live_bytes <= budget);
  CHECK_FAILS(CORACLE_OVER_BUDGET, run_fills(session, 2000 * K, 4, &error), &error);
  check_sentence(&error, 0, budget);
  CHECK_OK(run_fills(session, 500 * K, 490 * K, &error));
  CHECK_OK(run_fills(session, 0, 990 * K, &error));
  CHECK(heap.live_bytes <= budget);
  coracle_session_destroy(session);
  CHECK(heap.live == 0 && heap.wrong == 0);
}

const test budget_tests[] = {{"a_shape_beyond_the_budget", a_shape_beyond_the_budget},
                             {"a_size_that_only_the_run_knows", a_size_that_only_the_run_knows},
                             {NULL, NULL}};
