/* Models whose work depends on values: wrong values are a status, and the session goes on. SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

static coracle_session *make(const char *name, uint32_t threads, const coracle_allocator *allocator) {
  coracle_session_options options = CORACLE_SESSION_OPTIONS_INIT;
  coracle_session *session = NULL;
  coracle_model *model = open_model(name, NULL);
  if (model == NULL) return NULL;
  options.thread_count = threads;
  options.allocator = allocator;
  CHECK_OK(coracle_session_create(model, &options, &session, NULL));
  coracle_model_destroy(model);
  return session;
}

static void an_index_outside_its_range(void) {
  const int64_t bad[] = {8, -9, INT64_MAX, INT64_MIN, (int64_t)1 << 32, 1000000};
  uint32_t threads;
  for (threads = 1; threads <= 2; threads++) {
    coracle_error error = CORACLE_ERROR_INIT;
    coracle_tensor input = CORACLE_TENSOR_INIT, output = CORACLE_TENSOR_INIT;
    coracle_session *session = make("gather", threads, NULL);
    size_t index;
    if (session == NULL) return;
    CHECK_OK(coracle_session_input(session, 0, &input, &error));
    for (index = 0; index < sizeof bad / sizeof *bad; index++) {
      int64_t *indices = input.data;
      indices[0] = 7;
      indices[1] = bad[index];
      indices[2] = 0;
      CHECK_FAILS(CORACLE_OUT_OF_RANGE, coracle_session_run(session, &error), &error);
      indices[1] = 3;
      CHECK_OK(coracle_session_run(session, &error));
      CHECK_OK(coracle_session_output(session, 0, &output, &error));
      CHECK(((float *)output.data)[0] == 28 && ((float *)output.data)[4] == 12 && ((float *)output.data)[11] == 3);
    }
    coracle_session_destroy(session);
  }
}

static void a_shape_that_no_machine_holds(void) {
  const int64_t bad[][2] = {{1000000, 1000000}, {-2, 3}, {INT64_MAX, 2}, {INT64_MIN, 1}, {(int64_t)1 << 31, (int64_t)1 << 33}, {100000, 10000}};
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_tensor input = CORACLE_TENSOR_INIT, output = CORACLE_TENSOR_INIT;
  coracle_session *session;
  counter heap;
  size_t index;
  counter_init(&heap);
  session = make("fill", 1, &heap.allocator);
  if (session == NULL) return;
  for (index = 0; index < sizeof bad / sizeof *bad; index++) {
    coracle_status status;
    CHECK_OK(coracle_session_input(session, 0, &input, &error));
    memcpy(input.data, bad[index], sizeof bad[index]);
    status = coracle_session_run(session, &error);
    CHECK(status == CORACLE_INVALID_SHAPE || status == CORACLE_OUT_OF_RANGE || status == CORACLE_OUT_OF_MEMORY);
    CHECK(error.status == status && error.message[0] != 0);
    ((int64_t *)input.data)[0] = 2;
    ((int64_t *)input.data)[1] = 3;
    CHECK_OK(coracle_session_run(session, &error));
    CHECK_OK(coracle_session_output(session, 0, &output, &error));
    CHECK(output.rank == 2 && output.byte_count == 24 && ((float *)output.data)[5] == 1);
  }
  coracle_session_destroy(session);
  CHECK(heap.live == 0 && heap.wrong == 0);
}

static void branches_are_taken(void) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_tensor condition = CORACLE_TENSOR_INIT, x = CORACLE_TENSOR_INIT, y = CORACLE_TENSOR_INIT;
  coracle_session *session = make("branch", 1, NULL);
  int round, index;
  if (session == NULL) return;
  CHECK_OK(coracle_session_input(session, 0, &condition, &error));
  CHECK_OK(coracle_session_input(session, 1, &x, &error));
  for (round = 0; round < 4; round++) {
    for (index = 0; index < 4; index++) ((float *)x.data)[index] = (float)(index + 3);
    *(uint8_t *)condition.data = round % 2;
    CHECK_OK(coracle_session_run(session, &error));
    CHECK_OK(coracle_session_output(session, 0, &y, &error));
    CHECK(y.rank == 1 && y.shape[0] == 4);
    for (index = 0; index < 4; index++)
      CHECK(((float *)y.data)[index] == (round % 2 ? 2.0f * (float)(index + 3) : (float)((index + 3) * (index + 3))));
  }
  coracle_session_destroy(session);
}

static void an_output_grows_and_shrinks(void) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_tensor x = CORACLE_TENSOR_INIT, found = CORACLE_TENSOR_INIT;
  coracle_session *session = make("non-zero", 1, NULL);
  int count, index;
  if (session == NULL) return;
  CHECK_OK(coracle_session_input(session, 0, &x, &error));
  for (count = 6; count >= 0; count--) {
    for (index = 0; index < 6; index++) ((float *)x.data)[index] = index < count ? 1.0f : 0.0f;
    CHECK_OK(coracle_session_run(session, &error));
    CHECK_OK(coracle_session_output(session, 0, &found, &error));
    CHECK(found.type == CORACLE_INT64 && found.rank == 2 && found.shape[1] == count && found.byte_count == (size_t)count * 8);
    for (index = 0; index < count; index++) CHECK(((int64_t *)found.data)[index] == index);
  }
  coracle_session_destroy(session);
}

const test dynamic_tests[] = {{"an_index_outside_its_range", an_index_outside_its_range},
                              {"a_shape_that_no_machine_holds", a_shape_that_no_machine_holds},
                              {"branches_are_taken", branches_are_taken},
                              {"an_output_grows_and_shrinks", an_output_grows_and_shrinks},
                              {NULL, NULL}};
