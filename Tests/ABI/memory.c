/* A run after the first at the same shapes allocates nothing: neither from the host's allocator nor behind its back.
 * SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>
#include <string.h>

static int value_of(const char *model) { return strcmp(model, "fill") == 0 ? 3 : 1; }

/* Writes small values that every test model can take. */
static void fill_input(const char *model, coracle_tensor *input) {
  size_t index, size = coracle_element_type_size(input->type), count = size > 0 ? input->byte_count / size : 0;
  memset(input->data, 0, input->byte_count);
  for (index = 0; index < count; index++) {
    if (input->type == CORACLE_FLOAT32) ((float *)input->data)[index] = (float)(index % 7) / 7.0f;
    if (input->type == CORACLE_INT64) ((int64_t *)input->data)[index] = value_of(model);
    if (input->type == CORACLE_BOOL) ((uint8_t *)input->data)[index] = 1;
  }
}

static void check_model(const char *name, uint32_t threads, const int64_t *shape, int32_t rank) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_session_options options = CORACLE_SESSION_OPTIONS_INIT;
  coracle_session *session = NULL;
  coracle_model *model;
  counter heap;
  size_t index;
  long requests, system;
  int run;
  counter_init(&heap);
  model = open_model(name, &heap.allocator);
  if (model == NULL) return;
  options.thread_count = threads;
  CHECK_OK(coracle_session_create(model, &options, &session, &error));
  if (shape != NULL) CHECK_OK(coracle_session_resize_input(session, 0, shape, rank, &error));
  for (index = 0; index < coracle_model_input_count(model); index++) {
    coracle_tensor input = CORACLE_TENSOR_INIT;
    if (CHECK_OK(coracle_session_input(session, index, &input, &error))) fill_input(name, &input);
  }
  if (!CHECK_OK(coracle_session_run(session, &error))) fprintf(stderr, "%s: %s\n", name, error.message);
  requests = heap.requests;
  system = system_allocation_count();
  for (run = 0; run < 5; run++) CHECK_OK(coracle_session_run(session, &error));
  CHECK(heap.requests == requests);
  CHECK(system_allocation_count() == system);
  coracle_session_destroy(session);
  coracle_model_destroy(model);
  CHECK(heap.live == 0 && heap.live_bytes == 0 && heap.wrong == 0);
}

static void later_runs_allocate_nothing(void) {
  const int64_t open_shape[2] = {37, 4};
  uint32_t threads;
  for (threads = 1; threads <= 3; threads += 2) {
    check_model("small", threads, NULL, 0);
    check_model("open", threads, open_shape, 2);
    check_model("gather", threads, NULL, 0);
    check_model("branch", threads, NULL, 0);
    check_model("non-zero", threads, NULL, 0);
    check_model("fill", threads, NULL, 0);
  }
}

static void later_runs_of_the_digits_allocate_nothing(void) {
  const int64_t shape[4] = {2, 1, 8, 8};
  FILE *file = fopen(model_path("digits"), "rb");
  if (file == NULL) {
    printf("skipped: later_runs_of_the_digits_allocate_nothing (no converted model: give --model digits=FILE)\n");
    return;
  }
  fclose(file);
  check_model("digits", 1, shape, 4);
  check_model("digits", 2, shape, 4);
}

/* With an allocator, nothing comes from anywhere else, from opening to running; the mapping and threads apart. */
static void all_memory_comes_from_the_allocator(void) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_session_options options = CORACLE_SESSION_OPTIONS_INIT;
  coracle_session *session = NULL;
  coracle_model *model = NULL;
  coracle_model_options model_options = CORACLE_MODEL_OPTIONS_INIT;
  coracle_tensor input = CORACLE_TENSOR_INIT;
  counter heap;
  long before, system;
  if (!counts_system_allocations()) {
    printf("skipped: all_memory_comes_from_the_allocator (this build does not count)\n");
    return;
  }
  counter_init(&heap);
  model_options.allocator = &heap.allocator;
  options.thread_count = 1;
  before = system_allocation_count();
  CHECK_OK(coracle_model_open_file(model_path("small"), &model_options, &model, &error));
  CHECK_OK(coracle_session_create(model, &options, &session, &error));
  CHECK_OK(coracle_session_input(session, 0, &input, &error));
  CHECK_OK(coracle_session_run(session, &error));
  system = system_allocation_count() - before;
  /* The counter itself calls posix_memalign once a request; the file is mapped once. */
  CHECK(system == heap.requests + 1);
  coracle_session_destroy(session);
  coracle_model_destroy(model);
  CHECK(heap.live == 0 && heap.wrong == 0);
}

const test memory_tests[] = {{"later_runs_allocate_nothing", later_runs_allocate_nothing},
                             {"later_runs_of_the_digits_allocate_nothing", later_runs_of_the_digits_allocate_nothing},
                             {"all_memory_comes_from_the_allocator", all_memory_comes_from_the_allocator},
                             {NULL, NULL}};
