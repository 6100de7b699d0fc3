/* callbacks.h: timing, cancelling, the log. SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

typedef struct seen {
  int calls;
  int wrong;
  uint32_t last;
  int cancel_at; /* the question, counted from 1, that is answered with yes */
  coracle_session *to_cancel;
} seen;

static void note_timing(void *user_data, const coracle_node_timing *timing) {
  seen *self = user_data;
  if (timing->struct_size != sizeof *timing || strcmp(timing->operator_name, "binary") != 0 || !is_built_in(timing->backend_name) ||
      strncmp(timing->name, "binary", 6) != 0 || timing->node_index != (uint32_t)(self->calls % 3) || timing->nanoseconds > 10000000000u)
    self->wrong++;
  self->last = timing->node_index;
  self->calls++;
  if (self->to_cancel != NULL) coracle_session_cancel(self->to_cancel);
}

static int32_t answer(void *user_data) {
  seen *self = user_data;
  return ++self->calls == self->cancel_at;
}

static coracle_session *make(const coracle_session_options *options) {
  coracle_tensor input = CORACLE_TENSOR_INIT;
  coracle_session *session = NULL;
  coracle_model *model = open_model("small", NULL);
  if (model == NULL) return NULL;
  CHECK_OK(coracle_session_create(model, options, &session, NULL));
  coracle_model_destroy(model);
  CHECK_OK(coracle_session_input(session, 0, &input, NULL));
  memset(input.data, 0, input.byte_count);
  return session;
}

static void every_operator_is_timed(void) {
  coracle_session_options options = CORACLE_SESSION_OPTIONS_INIT;
  coracle_session *session;
  seen timings = {0, 0, 0, 0, NULL};
  options.profile_function = note_timing;
  options.profile_user_data = &timings;
  session = make(&options);
  if (session == NULL) return;
  CHECK_OK(coracle_session_run(session, NULL));
  CHECK(timings.calls == 3 && timings.last == 2);
  CHECK_OK(coracle_session_run(session, NULL));
  CHECK(timings.calls == 6 && timings.wrong == 0);
  coracle_session_destroy(session);
}

static void the_callback_cancels(void) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_session_options options = CORACLE_SESSION_OPTIONS_INIT;
  coracle_session *session;
  seen questions = {0, 0, 0, 0, NULL};
  int at;
  options.cancel = answer;
  options.cancel_user_data = &questions;
  session = make(&options);
  if (session == NULL) return;
  for (at = 1; at <= 3; at++) {
    questions.calls = 0;
    questions.cancel_at = at;
    CHECK_FAILS(CORACLE_CANCELLED, coracle_session_run(session, &error), &error);
    CHECK(questions.calls == at);
    questions.cancel_at = 0;
    CHECK_OK(coracle_session_run(session, &error));
  }
  coracle_session_destroy(session);
}

static void a_run_in_progress_is_cancelled(void) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_session_options options = CORACLE_SESSION_OPTIONS_INIT;
  seen timings = {0, 0, 0, 0, NULL};
  coracle_session *session;
  options.profile_function = note_timing;
  options.profile_user_data = &timings;
  session = make(&options);
  if (session == NULL) return;
  /* Between runs it has no effect. */
  coracle_session_cancel(session);
  CHECK_OK(coracle_session_run(session, &error));
  CHECK(timings.calls == 3);
  timings.to_cancel = session;
  CHECK_FAILS(CORACLE_CANCELLED, coracle_session_run(session, &error), &error);
  CHECK(timings.calls == 4);
  timings.calls = 0;
  timings.to_cancel = NULL;
  CHECK_OK(coracle_session_run(session, &error));
  CHECK(timings.calls == 3);
  coracle_session_destroy(session);
}

static void note_line(void *user_data, coracle_log_level level, const char *message) {
  seen *self = user_data;
  if ((level != CORACLE_LOG_WARNING && level != CORACLE_LOG_INFORMATION) || message[0] == 0 || strchr(message, '\n') != NULL) self->wrong++;
  self->calls++;
}

static void the_log_tells_what_was_planned(void) {
  coracle_session_options options = CORACLE_SESSION_OPTIONS_INIT;
  seen lines = {0, 0, 0, 0, NULL};
  coracle_session *session;
  options.log = note_line;
  options.log_user_data = &lines;
  session = make(&options);
  if (session == NULL) return;
  CHECK_OK(coracle_session_run(session, NULL));
  CHECK(lines.calls > 0 && lines.wrong == 0);
  coracle_session_destroy(session);
}

const test callback_tests[] = {{"every_operator_is_timed", every_operator_is_timed},
                               {"the_callback_cancels", the_callback_cancels},
                               {"a_run_in_progress_is_cancelled", a_run_in_progress_is_cancelled},
                               {"the_log_tells_what_was_planned", the_log_tells_what_was_planned},
                               {NULL, NULL}};
