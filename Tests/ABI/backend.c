/* backend.h: a backend of the host's own. SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdlib.h>
#include <string.h>

/* What the test's backend was asked, and what it shall answer. */
typedef struct recorder {
  int supports, prepares, executes, destroys, wrong;
  coracle_status support_answer, prepare_answer, execute_answer;
  uint64_t scratch_bytes;
  uint32_t all_threads;
} recorder;

static coracle_status supports(void *user_data, const coracle_node *node, const coracle_placement *placement, coracle_support *support) {
  recorder *self = user_data;
  __atomic_add_fetch(&self->supports, 1, __ATOMIC_SEQ_CST);
  if (node->struct_size != sizeof *node || support->struct_size != sizeof *support || node->operator_code != 2 || node->input_count != 2 ||
      node->output_count != 1 || node->name == NULL || placement->struct_size != sizeof *placement ||
      placement->thread_count == 0 || placement->profile == NULL)
    self->wrong++;
  support->scratch_bytes = self->scratch_bytes;
  support->all_threads = self->all_threads;
  support->kernel_name = "constant";
  support->reason = "it is asked for";
  return self->support_answer;
}

static coracle_status prepare(void *user_data, const coracle_node *node, void **prepared, coracle_error *error) {
  recorder *self = user_data;
  (void)node;
  if (self->prepare_answer != CORACLE_OK) {
    if (error != NULL) {
      error->status = self->prepare_answer;
      strcpy(error->message, "the host's backend will not prepare");
    }
    return self->prepare_answer;
  }
  self->prepares++;
  *prepared = malloc(4);
  memcpy(*prepared, "prep", 4);
  return CORACLE_OK;
}

/* Fills the output with 5, each thread its part. */
static coracle_status execute(void *user_data, const coracle_node *node, const coracle_execution *execution, coracle_error *error) {
  recorder *self = user_data;
  coracle_tensor *output = node->outputs[0];
  size_t index, count = output->byte_count / sizeof(float);
  __atomic_add_fetch(&self->executes, 1, __ATOMIC_SEQ_CST);
  if (execution->struct_size != sizeof *execution || execution->thread_index >= execution->thread_count || execution->prepared == NULL ||
      memcmp(execution->prepared, "prep", 4) != 0 || (self->scratch_bytes > 0 && execution->scratch == NULL) ||
      execution->scratch_bytes < self->scratch_bytes || (uintptr_t)execution->scratch % 64 != 0)
    __atomic_add_fetch(&self->wrong, 1, __ATOMIC_SEQ_CST);
  if (execution->thread_index == 0 && self->scratch_bytes > 0) memset(execution->scratch, 1, self->scratch_bytes);
  if (self->execute_answer != CORACLE_OK) {
    if (error != NULL) {
      error->status = self->execute_answer;
      strcpy(error->message, "the host's backend fails");
    }
    return self->execute_answer;
  }
  for (index = execution->thread_index; index < count; index += execution->thread_count) ((float *)output->data)[index] = 5;
  return CORACLE_OK;
}

static void destroy(void *user_data, void *prepared) {
  ((recorder *)user_data)->destroys++;
  free(prepared);
}

static coracle_backend table(recorder *self) {
  coracle_backend backend = {CORACLE_BACKEND_VERSION, 0, "constant", NULL, supports, prepare, execute, destroy, NULL};
  memset(self, 0, sizeof *self);
  backend.user_data = self;
  return backend;
}

static coracle_session *make(const coracle_backend *backend, uint32_t threads, const char *names, coracle_error *error, coracle_status expected) {
  coracle_session_options options = CORACLE_SESSION_OPTIONS_INIT;
  coracle_session *session = NULL;
  coracle_model *model = open_model("small", NULL);
  if (model == NULL) return NULL;
  options.extra_backends = &backend;
  options.extra_backend_count = 1;
  options.thread_count = threads;
  options.backends = names;
  if (expected == CORACLE_OK) CHECK_OK(coracle_session_create(model, &options, &session, error));
  else CHECK_FAILS(expected, coracle_session_create(model, &options, &session, error), error);
  coracle_model_destroy(model);
  return session;
}

static void zero_input(coracle_session *session) {
  coracle_tensor input = CORACLE_TENSOR_INIT;
  if (CHECK_OK(coracle_session_input(session, 0, &input, NULL))) memset(input.data, 0, input.byte_count);
}

static void it_is_asked_first_and_executes(void) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_tensor output = CORACLE_TENSOR_INIT;
  coracle_node_plan plan = CORACLE_NODE_PLAN_INIT;
  recorder log;
  coracle_backend backend = table(&log);
  coracle_session *session;
  uint32_t threads;
  for (threads = 1; threads <= 3; threads++) {
    backend = table(&log);
    log.scratch_bytes = 1000;
    log.all_threads = 1;
    session = make(&backend, threads, NULL, &error, CORACLE_OK);
    if (session == NULL) return;
    zero_input(session);
    CHECK_OK(coracle_session_run(session, &error));
    CHECK_OK(coracle_session_run(session, &error));
    CHECK(log.executes == 6 * (int)threads && log.prepares == 3 && log.supports >= 3);
    CHECK_OK(coracle_session_output(session, 1, &output, &error));
    CHECK(((float *)output.data)[0] == 5 && ((float *)output.data)[3] == 5);
    CHECK_OK(coracle_session_node(session, 0, &plan, &error));
    CHECK(strcmp(plan.backend_name, "constant") == 0 && strcmp(plan.kernel_name, "constant") == 0 && plan.scratch_bytes == 1000);
    coracle_session_destroy(session);
    CHECK(log.destroys == 3 && log.wrong == 0);
  }
}

static void what_it_does_not_support_goes_on(void) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_tensor output = CORACLE_TENSOR_INIT;
  recorder log;
  coracle_backend backend = table(&log);
  coracle_session *session;
  log.support_answer = CORACLE_UNSUPPORTED;
  session = make(&backend, 1, "constant,generic", &error, CORACLE_OK);
  if (session == NULL) return;
  zero_input(session);
  CHECK_OK(coracle_session_run(session, &error));
  CHECK_OK(coracle_session_output(session, 1, &output, &error));
  CHECK(((float *)output.data)[3] == 16 && log.executes == 0 && log.prepares == 0);
  coracle_session_destroy(session);
  CHECK(log.destroys == 0);
  /* Nobody else: an operator that no backend supports. */
  session = make(&backend, 1, "constant", &error, CORACLE_UNSUPPORTED);
  CHECK(session == NULL);
  log.support_answer = CORACLE_INTERNAL;
  session = make(&backend, 1, NULL, &error, CORACLE_BACKEND_FAILED);
  CHECK(session == NULL);
}

static void its_failures_are_passed_on(void) {
  const coracle_status answers[] = {CORACLE_BACKEND_FAILED, CORACLE_OUT_OF_MEMORY, CORACLE_INTERNAL};
  uint32_t threads;
  size_t index;
  for (threads = 1; threads <= 2; threads++) {
    coracle_error error = CORACLE_ERROR_INIT;
    recorder log;
    coracle_backend backend = table(&log);
    coracle_session *session;
    log.all_threads = 1;
    log.prepare_answer = CORACLE_OUT_OF_MEMORY;
    session = make(&backend, threads, NULL, &error, CORACLE_OK);
    if (session == NULL) return;
    CHECK_FAILS(CORACLE_OUT_OF_MEMORY, coracle_session_prepare(session, &error), &error);
    log.prepare_answer = CORACLE_OK;
    zero_input(session);
    for (index = 0; index < sizeof answers / sizeof *answers; index++) {
      log.execute_answer = answers[index];
      CHECK_FAILS(answers[index], coracle_session_run(session, &error), &error);
      CHECK(strstr(error.message, "the host's backend fails") != NULL);
    }
    /* A status that this library does not know. */
    log.execute_answer = 12345;
    CHECK(coracle_session_run(session, &error) == CORACLE_BACKEND_FAILED);
    log.execute_answer = CORACLE_OK;
    CHECK_OK(coracle_session_run(session, &error));
    coracle_session_destroy(session);
    CHECK(log.destroys == log.prepares && log.wrong == 0);
  }
}

static void incomplete_tables_are_refused(void) {
  coracle_error error = CORACLE_ERROR_INIT;
  recorder log;
  coracle_backend backend = table(&log);
  backend.version = CORACLE_BACKEND_VERSION + 1;
  CHECK(make(&backend, 1, NULL, &error, CORACLE_INVALID_ARGUMENT) == NULL);
  backend = table(&log);
  backend.name = NULL;
  CHECK(make(&backend, 1, NULL, &error, CORACLE_INVALID_ARGUMENT) == NULL);
  backend = table(&log);
  backend.supports = NULL;
  CHECK(make(&backend, 1, NULL, &error, CORACLE_INVALID_ARGUMENT) == NULL);
  backend = table(&log);
  backend.execute = NULL;
  CHECK(make(&backend, 1, NULL, &error, CORACLE_INVALID_ARGUMENT) == NULL);
  CHECK(make(NULL, 1, NULL, &error, CORACLE_INVALID_ARGUMENT) == NULL);
}

const test backend_tests[] = {{"it_is_asked_first_and_executes", it_is_asked_first_and_executes},
                              {"what_it_does_not_support_goes_on", what_it_does_not_support_goes_on},
                              {"its_failures_are_passed_on", its_failures_are_passed_on},
                              {"incomplete_tables_are_refused", incomplete_tables_are_refused},
                              {NULL, NULL}};
