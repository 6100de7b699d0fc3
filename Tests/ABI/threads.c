/* One model, many sessions, many threads. SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "test.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

/* A host with a session of several threads, and a backend that looks which of them compute. */
typedef struct host {
  const coracle_model *model;
  pthread_t thread;
  pthread_barrier_t *all; /* where the hosts meet */
  int asked;              /* how often the present run has asked whether it is cancelled: once an operator */
  int parts, strangers;   /* run while all hosts' runs are in progress, and those of them by another thread than the host's */
  int failures;
} host;

enum { RUNS = 20, THREADS = 3 };

static coracle_status takes_all_threads(void *user_data, const coracle_node *node, const coracle_placement *placement, coracle_support *support) {
  (void)user_data;
  (void)node;
  (void)placement;
  support->all_threads = 1;
  support->kernel_name = "looking";
  return CORACLE_OK;
}

static coracle_status look(void *user_data, const coracle_node *node, const coracle_execution *execution, coracle_error *error) {
  host *self = user_data;
  const struct timespec while_others_come = {0, 200000};
  (void)node;
  (void)execution;
  (void)error;
  if (self->asked > 2) return CORACLE_OK;
  __atomic_add_fetch(&self->parts, 1, __ATOMIC_SEQ_CST);
  if (!pthread_equal(self->thread, pthread_self())) __atomic_add_fetch(&self->strangers, 1, __ATOMIC_SEQ_CST);
  nanosleep(&while_others_come, NULL);
  return CORACLE_OK;
}

/* The hosts meet before the first operator and before the third: in between all runs are in progress. */
static int meet(void *user_data) {
  host *self = user_data;
  self->asked++;
  if (self->asked == 1 || self->asked == 3) pthread_barrier_wait(self->all);
  return 0;
}

static void *run_with_others(void *argument) {
  host *self = argument;
  const coracle_backend backend = {CORACLE_BACKEND_VERSION, 0, "looking", self, takes_all_threads, NULL, look, NULL, NULL};
  const coracle_backend *backends = &backend;
  coracle_session_options options = CORACLE_SESSION_OPTIONS_INIT;
  coracle_session *session = NULL;
  int run;
  self->thread = pthread_self();
  options.thread_count = THREADS;
  options.extra_backends = &backends;
  options.extra_backend_count = 1;
  options.cancel = meet;
  options.cancel_user_data = self;
  if (coracle_session_create(self->model, &options, &session, NULL)) self->failures++;
  for (run = 0; run < RUNS; run++) {
    self->asked = 0;
    if (coracle_session_run(session, NULL) || self->asked != 3) {
      self->failures++;
      /* The others wait. */
      while (self->asked < 3) meet(self);
    }
  }
  coracle_session_destroy(session);
  return NULL;
}

/* With more runs in progress than half the processors there is one for each: no session calls its workers, and all parts run all the same. */
static void sessions_share_the_processors(void) {
  pthread_barrier_t all;
  cpu_set_t processors;
  pthread_t *threads;
  host *hosts;
  int index, count;
  coracle_model *model = open_model("small", NULL);
  if (model == NULL) return;
  CHECK(sched_getaffinity(0, sizeof processors, &processors) == 0);
  count = CPU_COUNT(&processors) / 2 + 1;
  if (count < 2) count = 2;
  threads = calloc((size_t)count, sizeof *threads);
  hosts = calloc((size_t)count, sizeof *hosts);
  pthread_barrier_init(&all, NULL, (unsigned)count);
  for (index = 0; index < count; index++) {
    hosts[index].model = model;
    hosts[index].all = &all;
    CHECK(pthread_create(&threads[index], NULL, run_with_others, &hosts[index]) == 0);
  }
  for (index = 0; index < count; index++) {
    pthread_join(threads[index], NULL);
    CHECK(hosts[index].failures == 0 && hosts[index].parts == RUNS * 2 * THREADS && hosts[index].strangers == 0);
  }
  pthread_barrier_destroy(&all);
  free(hosts);
  free(threads);
  coracle_model_destroy(model);
}

const test thread_tests[] = {{"sessions_share_a_model", sessions_share_a_model},
                             {"another_thread_cancels", another_thread_cancels},
                             {"sessions_share_the_processors", sessions_share_the_processors},
                             {NULL, NULL}};
