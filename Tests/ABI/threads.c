/* One model, many sessions, many threads. SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <pthread.h>
#include <string.h>

enum { WORKERS = 4, ROUNDS = 60 };

typedef struct worker {
  const coracle_model *model;
  coracle_session *session;
  int number;
  int failures;
  int stop;
} worker;

/* Sessions of this thread's own, at sizes of its own. */
static void *use_sessions(void *argument) {
  worker *self = argument;
  int round;
  for (round = 0; round < ROUNDS; round++) {
    coracle_session_options options = CORACLE_SESSION_OPTIONS_INIT;
    coracle_tensor input = CORACLE_TENSOR_INIT, output = CORACLE_TENSOR_INIT;
    coracle_session *session = NULL;
    const int64_t shape[2] = {1 + (self->number * 31 + round * 7) % 50, 4};
    int64_t index;
    options.thread_count = (uint32_t)(1 + round % 2);
    if (coracle_session_create(self->model, &options, &session, NULL) || coracle_session_resize_input(session, 0, shape, 2, NULL) ||
        coracle_session_input(session, 0, &input, NULL)) {
      self->failures++;
      coracle_session_destroy(session);
      continue;
    }
    for (index = 0; index < shape[0] * 4; index++) ((float *)input.data)[index] = (float)(index + self->number);
    if (coracle_session_run(session, NULL) || coracle_session_output(session, 0, &output, NULL)) self->failures++;
    else
      for (index = 0; index < shape[0] * 4; index++)
        if (((float *)output.data)[index] != (float)(index + self->number + index % 4 + 1)) self->failures++;
    coracle_session_destroy(session);
  }
  return NULL;
}

static void sessions_share_a_model(void) {
  pthread_t threads[WORKERS];
  worker workers[WORKERS];
  int index;
  counter heap;
  coracle_model *model;
  counter_init(&heap);
  model = open_model("open", NULL);
  if (model == NULL) return;
  for (index = 0; index < WORKERS; index++) {
    const worker initial = {NULL, NULL, 0, 0, 0};
    workers[index] = initial;
    workers[index].model = model;
    workers[index].number = index;
    CHECK(pthread_create(&threads[index], NULL, use_sessions, &workers[index]) == 0);
  }
  for (index = 0; index < WORKERS; index++) {
    pthread_join(threads[index], NULL);
    CHECK(workers[index].failures == 0);
  }
  coracle_model_destroy(model);
}

static void *keep_cancelling(void *argument) {
  worker *self = argument;
  while (!__atomic_load_n(&self->stop, __ATOMIC_SEQ_CST)) coracle_session_cancel(self->session);
  return NULL;
}

static void another_thread_cancels(void) {
  const int64_t shape[2] = {2000, 4};
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_tensor input = CORACLE_TENSOR_INIT;
  coracle_model *model = open_model("open", NULL);
  worker other = {NULL, NULL, 0, 0, 0};
  pthread_t thread;
  int run;
  if (model == NULL) return;
  CHECK_OK(coracle_session_create(model, NULL, &other.session, &error));
  CHECK_OK(coracle_session_resize_input(other.session, 0, shape, 2, &error));
  CHECK_OK(coracle_session_input(other.session, 0, &input, &error));
  memset(input.data, 0, input.byte_count);
  CHECK(pthread_create(&thread, NULL, keep_cancelling, &other) == 0);
  for (run = 0; run < 500; run++) {
    coracle_status status = coracle_session_run(other.session, &error);
    CHECK(status == CORACLE_OK || status == CORACLE_CANCELLED);
  }
  __atomic_store_n(&other.stop, 1, __ATOMIC_SEQ_CST);
  pthread_join(thread, NULL);
  CHECK_OK(coracle_session_run(other.session, &error));
  coracle_session_destroy(other.session);
  coracle_model_destroy(model);
}

const test thread_tests[] = {{"sessions_share_a_model", sessions_share_a_model},
                             {"another_thread_cancels", another_thread_cancels},
                             {NULL, NULL}};
