/* Constants that the file stores as float16. SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <math.h>
#include <string.h>

/* Runs the model on rows `first` and `second` of the table. */
static void look_up(coracle_session *session, int64_t first, int64_t second, coracle_tensor *rows, coracle_tensor *y) {
  coracle_tensor input = CORACLE_TENSOR_INIT;
  CHECK_OK(coracle_session_input(session, 0, &input, NULL));
  ((int64_t *)input.data)[0] = first;
  ((int64_t *)input.data)[1] = second;
  CHECK_OK(coracle_session_run(session, NULL));
  CHECK_OK(coracle_session_output(session, 0, rows, NULL));
  CHECK_OK(coracle_session_output(session, 1, y, NULL));
}

/* The numbers of make_models.py, which packed them as IEEE 754's binary16: exact but for 1/3 and 2049, which round to 11 bits. */
static void their_values_are_exact(void) {
  const char *const backends[] = {"generic", NULL};
  size_t backend;
  for (backend = 0; backend < 2; backend++) {
    coracle_session_options options = CORACLE_SESSION_OPTIONS_INIT;
    coracle_tensor rows = CORACLE_TENSOR_INIT, y = CORACLE_TENSOR_INIT;
    coracle_session *session = NULL;
    coracle_model *model = open_model("halves", NULL);
    const float *values;
    if (model == NULL) return;
    options.backends = backends[backend];
    CHECK_OK(coracle_session_create(model, &options, &session, NULL));
    coracle_model_destroy(model);
    look_up(session, 1, 2, &rows, &y);
    values = rows.data;
    CHECK(rows.type == CORACLE_FLOAT32 && rows.byte_count == 32);
    CHECK(values[0] == 0x1p-24f && values[1] == -0x1p-15f && values[2] == 0x1p-14f && values[3] == 0);
    CHECK(values[4] == 65504 && values[5] == -65504 && values[6] == 0x555p-12f && values[7] == 2048);
    look_up(session, 4, 3, &rows, &y);
    values = rows.data;
    CHECK(values[0] == INFINITY && values[1] == -INFINITY && isnan(values[2]) && values[3] == 1);
    CHECK(values[4] == 0 && signbit(values[4]) && values[5] == 1.25f);
    look_up(session, 0, 3, &rows, &y);
    values = y.data;
    CHECK(values[0] == 3 && values[1] == 6.5f && values[2] == 4);
    CHECK(values[3] == -0.375f && values[4] == 18.75f && values[5] == -15);
    coracle_session_destroy(session);
  }
}

/* What a session says that it takes is what it allocates, from the model's allocator and its own. */
static void memory_is_as_told(void) {
  coracle_session_options options = CORACLE_SESSION_OPTIONS_INIT;
  coracle_memory memory = CORACLE_MEMORY_INIT;
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_tensor rows = CORACLE_TENSOR_INIT, y = CORACLE_TENSOR_INIT;
  coracle_session *session = NULL;
  coracle_model *model;
  counter heap;
  size_t before;
  counter_init(&heap);
  model = open_model("halves", &heap.allocator);
  if (model == NULL) return;
  CHECK_OK(coracle_session_create(model, &options, &session, NULL));
  CHECK_OK(coracle_session_memory(session, &memory, NULL));
  CHECK(memory.weight_bytes == 2 * (20 + 12));
  /* The table is expanded; so are the weights, or the kernel's order is made of them. */
  CHECK(memory.packed_bytes >= 4 * (20 + 12));
  before = heap.live_bytes;
  look_up(session, 0, 1, &rows, &y);
  CHECK(heap.live_bytes - before == memory.arena_bytes + memory.scratch_bytes + memory.packed_bytes);
  coracle_session_destroy(session);
  options.memory_budget = memory.arena_bytes + memory.scratch_bytes + memory.packed_bytes + memory.state_bytes - 1;
  CHECK_OK(coracle_session_create(model, &options, &session, NULL));
  CHECK_FAILS(CORACLE_OVER_BUDGET, coracle_session_prepare(session, &error), &error);
  CHECK(strstr(error.message, " 1 more than its budget") != NULL);
  coracle_session_destroy(session);
  coracle_model_destroy(model);
  CHECK(heap.live == 0 && heap.wrong == 0);
}

const test half_tests[] = {{"their_values_are_exact", their_values_are_exact}, {"memory_is_as_told", memory_is_as_told}, {NULL, NULL}};
