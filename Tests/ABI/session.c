/* session.h: making, resizing, running, reporting. SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdlib.h>
#include <string.h>

static coracle_session *make(const char *name, const coracle_session_options *options) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_session *session = NULL;
  coracle_model *model = open_model(name, NULL);
  if (model == NULL) return NULL;
  CHECK_OK(coracle_session_create(model, options, &session, &error));
  coracle_model_destroy(model);
  return session;
}

/* Runs `small` or `open` on x = 1, 2, 3 … and checks every element of both outputs by the formula. */
static void run_and_check(coracle_session *session, size_t rows) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_tensor x = CORACLE_TENSOR_INIT, y = CORACLE_TENSOR_INIT, z = CORACLE_TENSOR_INIT;
  size_t index;
  if (!CHECK_OK(coracle_session_input(session, 0, &x, &error))) return;
  if (!CHECK(x.byte_count == rows * 16 && x.data != NULL && (uintptr_t)x.data % 64 == 0)) return;
  for (index = 0; index < rows * 4; index++) ((float *)x.data)[index] = (float)index;
  if (!CHECK_OK(coracle_session_run(session, &error))) return;
  CHECK_OK(coracle_session_output(session, 0, &y, &error));
  CHECK_OK(coracle_session_output(session, 1, &z, &error));
  if (!CHECK(y.byte_count == rows * 16 && z.byte_count == rows * 16 && y.rank == 2 && z.shape[0] == (int64_t)rows)) return;
  for (index = 0; index < rows * 4; index++) {
    float in = (float)index, sum = in + (float)(index % 4 + 1);
    CHECK(((float *)x.data)[index] == in);
    CHECK(((float *)y.data)[index] == sum);
    CHECK(((float *)z.data)[index] == sum * sum - in);
  }
}

static void a_session_runs(void) {
  uint32_t threads;
  for (threads = 1; threads <= 3; threads++) {
    coracle_session_options options = CORACLE_SESSION_OPTIONS_INIT;
    coracle_session *session;
    options.thread_count = threads;
    session = make("small", &options);
    if (session == NULL) return;
    run_and_check(session, 1);
    run_and_check(session, 1);
    coracle_session_destroy(session);
  }
}

static void inputs_are_resized(void) {
  const int64_t sizes[] = {3, 1, 1000, 7, 0, 5};
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_session *session = make("open", NULL);
  size_t index;
  if (session == NULL) return;
  CHECK_FAILS(CORACLE_INVALID_SHAPE, coracle_session_run(session, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_SHAPE, coracle_session_prepare(session, &error), &error);
  for (index = 0; index < sizeof sizes / sizeof *sizes; index++) {
    const int64_t shape[2] = {sizes[index], 4};
    CHECK_OK(coracle_session_resize_input(session, 0, shape, 2, &error));
    if (sizes[index] > 0) run_and_check(session, (size_t)sizes[index]);
    else CHECK_OK(coracle_session_run(session, &error));
  }
  coracle_session_destroy(session);
}

static void impossible_shapes_are_refused(void) {
  const int64_t shapes[][2] = {{2, 5},           {-1, 4},          {-7, 4},        {INT64_MAX, INT64_MAX}, {INT64_MIN, 4},
                               {INT64_MAX, 4},   {1000000, 1000000}, {4, 1000000000000}, {(int64_t)1 << 32, (int64_t)1 << 32}};
  const int64_t good[2] = {2, 4};
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_session_options options = CORACLE_SESSION_OPTIONS_INIT;
  coracle_session *session;
  size_t index;
  options.memory_budget = 1 << 20;
  session = make("open", &options);
  if (session == NULL) return;
  for (index = 0; index < sizeof shapes / sizeof *shapes; index++) {
    coracle_status status = coracle_session_resize_input(session, 0, shapes[index], 2, &error);
    if (status == CORACLE_OK) status = coracle_session_prepare(session, &error);
    CHECK(status == CORACLE_INVALID_SHAPE || status == CORACLE_OVER_BUDGET);
    CHECK(error.status == status && error.message[0] != 0);
    /* The session works again with a shape that it can take. */
    CHECK_OK(coracle_session_resize_input(session, 0, good, 2, &error));
    run_and_check(session, 2);
  }
  CHECK_FAILS(CORACLE_INVALID_SHAPE, coracle_session_resize_input(session, 0, good, 1, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_SHAPE, coracle_session_resize_input(session, 0, good, 0, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_SHAPE, coracle_session_resize_input(session, 0, good, 9, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_SHAPE, coracle_session_resize_input(session, 0, good, -1, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_SHAPE, coracle_session_resize_input(session, 0, good, INT32_MIN, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_resize_input(session, 1, good, 2, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_resize_input(session, SIZE_MAX, good, 2, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_resize_input(session, 0, NULL, 2, &error), &error);
  run_and_check(session, 2);
  coracle_session_destroy(session);
}

static void null_is_answered(void) {
  const int64_t shape[2] = {1, 4};
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_tensor tensor = CORACLE_TENSOR_INIT;
  coracle_memory memory = CORACLE_MEMORY_INIT;
  coracle_node_plan node = CORACLE_NODE_PLAN_INIT;
  coracle_tensor_plan place = CORACLE_TENSOR_PLAN_INIT;
  coracle_session *session = NULL;
  size_t index;
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_create(NULL, NULL, &session, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_resize_input(NULL, 0, shape, 2, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_memory(NULL, &memory, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_prepare(NULL, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_input(NULL, 0, &tensor, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_bind_input(NULL, 0, &tensor, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_bind_output(NULL, 0, &tensor, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_run(NULL, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_output(NULL, 0, &tensor, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_node(NULL, 0, &node, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_node_output(NULL, 0, 0, &index, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_tensor(NULL, 0, &tensor, &place, &error), &error);
  CHECK(coracle_session_node_count(NULL) == 0 && coracle_session_tensor_count(NULL) == 0);
  coracle_session_cancel(NULL);
  coracle_session_destroy(NULL);

  session = make("small", NULL);
  if (session == NULL) return;
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_memory(session, NULL, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_input(session, 0, NULL, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_node(session, 0, NULL, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_node_output(session, 0, 0, NULL, &error), &error);
  CHECK_OK(coracle_session_tensor(session, 0, NULL, NULL, &error));
  run_and_check(session, 1);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_output(session, 0, NULL, &error), &error);
  coracle_session_destroy(session);
}

static void wrong_indices_are_refused(void) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_tensor tensor = CORACLE_TENSOR_INIT;
  coracle_node_plan node = CORACLE_NODE_PLAN_INIT;
  coracle_session *session = make("small", NULL);
  size_t index = 5;
  if (session == NULL) return;
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_output(session, 0, &tensor, &error), &error); /* before any run */
  run_and_check(session, 1);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_input(session, 1, &tensor, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_output(session, 2, &tensor, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_output(session, SIZE_MAX, &tensor, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_bind_input(session, 1, &tensor, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_bind_output(session, 2, &tensor, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_node(session, coracle_session_node_count(session), &node, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_node(session, SIZE_MAX, &node, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_node_output(session, 0, 1, &index, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_node_output(session, 0, SIZE_MAX, &index, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_tensor(session, coracle_session_tensor_count(session), &tensor, NULL, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_tensor(session, SIZE_MAX, &tensor, NULL, &error), &error);
  CHECK(index == 5);
  coracle_session_destroy(session);
}

static void wrong_options_are_refused(void) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_session_options options = CORACLE_SESSION_OPTIONS_INIT;
  coracle_profile profile = CORACLE_PROFILE_INIT;
  coracle_session *session = NULL;
  const char *const names[] = {"no-such", "generic,", ",generic", "generic,no-such", "generi", "generic2", ","};
  size_t index;
  coracle_model *model = open_model("small", NULL);
  if (model == NULL) return;
  options.struct_size = 0;
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_create(model, &options, &session, &error), &error);
  options.struct_size = sizeof options;
  options.thread_count = 100000;
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_create(model, &options, &session, &error), &error);
  options.thread_count = 1;
  for (index = 0; index < sizeof names / sizeof *names; index++) {
    options.backends = names[index];
    CHECK_FAILS(CORACLE_NOT_FOUND, coracle_session_create(model, &options, &session, &error), &error);
  }
  options.backends = NULL;
  profile.struct_size = 0;
  options.profile = &profile;
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_create(model, &options, &session, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_create(model, NULL, NULL, &error), &error);
  CHECK(session == NULL);
  /* A profile whose texts do not end is read no further than its arrays. */
  profile.struct_size = sizeof profile;
  memset(profile.name, 'n', sizeof profile.name);
  memset(profile.backends, 'b', sizeof profile.backends);
  CHECK_FAILS(CORACLE_NOT_FOUND, coracle_session_create(model, &options, &session, &error), &error);
  coracle_model_destroy(model);
}

static void the_plan_is_reported(void) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_session *session = make("small", NULL);
  size_t index, tensor_count;
  if (session == NULL) return;
  CHECK_OK(coracle_session_prepare(session, &error));
  CHECK(coracle_session_node_count(session) == 3);
  tensor_count = coracle_session_tensor_count(session);
  CHECK(tensor_count == 8);
  for (index = 0; index < 3; index++) {
    coracle_node_plan node = CORACLE_NODE_PLAN_INIT;
    coracle_tensor_plan place = CORACLE_TENSOR_PLAN_INIT;
    coracle_tensor tensor = CORACLE_TENSOR_INIT;
    size_t output = SIZE_MAX;
    CHECK_OK(coracle_session_node(session, index, &node, &error));
    CHECK(strcmp(node.operator_name, "binary") == 0 && is_built_in(node.backend_name) && node.subgraph == 0);
    CHECK(node.kernel_name[0] != 0 && node.reason[0] != 0 && node.output_count == 1 && node.evaluated_at_prepare == 0);
    CHECK_OK(coracle_session_node_output(session, index, 0, &output, &error));
    CHECK(output == (size_t)node.first_output);
    CHECK_OK(coracle_session_tensor(session, output, &tensor, &place, &error));
    CHECK(tensor.type == CORACLE_FLOAT32 && tensor.rank == 2 && tensor.shape[1] == 4);
    CHECK(place.kind == CORACLE_PLACE_ARENA && place.byte_count == 16 && place.first_node == (int32_t)index);
  }
  coracle_session_destroy(session);
}

static void memory_is_told_and_kept_to(void) {
  const int64_t shape[2] = {1000, 4};
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_memory memory = CORACLE_MEMORY_INIT;
  coracle_session_options options = CORACLE_SESSION_OPTIONS_INIT;
  coracle_session *session;
  uint64_t needed;
  counter heap;
  counter_init(&heap);
  options.thread_count = 1;
  options.allocator = &heap.allocator;
  session = make("open", &options);
  if (session == NULL) return;
  CHECK_FAILS(CORACLE_INVALID_SHAPE, coracle_session_memory(session, &memory, &error), &error);
  CHECK_OK(coracle_session_resize_input(session, 0, shape, 2, &error));
  {
    long requests = heap.requests;
    CHECK_OK(coracle_session_memory(session, &memory, &error));
    CHECK(heap.requests == requests); /* told before anything is allocated */
  }
  CHECK(memory.weight_bytes == 16 && memory.packed_bytes == 0);
  /* x, y, z live at the end; the square may share z's place. */
  CHECK(memory.arena_bytes >= 3 * 16000 && memory.arena_bytes <= 4 * 16000 + 4096);
  run_and_check(session, 1000);
  needed = memory.arena_bytes + memory.scratch_bytes + memory.packed_bytes + memory.state_bytes;
  CHECK(heap.live_bytes <= needed && heap.live_bytes + 256 >= needed);
  coracle_session_destroy(session);
  CHECK(heap.live == 0 && heap.wrong == 0);

  options.memory_budget = needed - 1;
  session = make("open", &options);
  if (session == NULL) return;
  CHECK_OK(coracle_session_resize_input(session, 0, shape, 2, &error));
  CHECK_FAILS(CORACLE_OVER_BUDGET, coracle_session_prepare(session, &error), &error);
  CHECK(heap.live_bytes < needed);
  CHECK_FAILS(CORACLE_OVER_BUDGET, coracle_session_run(session, &error), &error);
  {
    const int64_t less[2] = {10, 4};
    CHECK_OK(coracle_session_resize_input(session, 0, less, 2, &error));
  }
  run_and_check(session, 10);
  coracle_session_destroy(session);

  options.memory_budget = needed;
  session = make("open", &options);
  if (session == NULL) return;
  CHECK_OK(coracle_session_resize_input(session, 0, shape, 2, &error));
  run_and_check(session, 1000);
  coracle_session_destroy(session);
  CHECK(heap.live == 0 && heap.wrong == 0);
}

const test session_tests[] = {{"a_session_runs", a_session_runs},
                              {"inputs_are_resized", inputs_are_resized},
                              {"impossible_shapes_are_refused", impossible_shapes_are_refused},
                              {"session_null_is_answered", null_is_answered},
                              {"wrong_indices_are_refused", wrong_indices_are_refused},
                              {"wrong_options_are_refused", wrong_options_are_refused},
                              {"the_plan_is_reported", the_plan_is_reported},
                              {"memory_is_told_and_kept_to", memory_is_told_and_kept_to},
                              {NULL, NULL}};
