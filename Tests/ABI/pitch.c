/* backend.h: tensors that are parts of wider ones. SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

/* What the test's backend says of its tensors, and what it saw. */
typedef struct negator {
  uint32_t pitches, pitches_again;
  int pitched_inputs, pitched_outputs, dense, wrong;
} negator;

/* Floats from a row of a matrix to the next. */
static int64_t row_step(const coracle_tensor *matrix) { return matrix->strides[0] != 0 ? matrix->strides[0] : matrix->shape[1]; }

static coracle_status supports(void *user_data, const coracle_node *node, const coracle_placement *placement, coracle_support *support) {
  negator *self = user_data;
  int is_pitched = node->inputs[0]->strides[0] != 0 || node->outputs[0]->strides[0] != 0;
  (void)placement;
  if (node->operator_code != 20) return CORACLE_UNSUPPORTED;
  support->pitches = is_pitched ? self->pitches_again : self->pitches;
  support->kernel_name = "negation";
  support->reason = "it is asked for";
  return CORACLE_OK;
}

static void look_at(negator *self, const coracle_tensor *matrix, int *pitched) {
  if (row_step(matrix) == matrix->shape[1]) {
    self->dense++;
    return;
  }
  (*pitched)++;
  if (matrix->rank != 2 || matrix->strides[0] != 5 || matrix->strides[1] != 1 || matrix->byte_count != 4 * (size_t)(10 + matrix->shape[1])) self->wrong++;
}

static coracle_status execute(void *user_data, const coracle_node *node, const coracle_execution *execution, coracle_error *error) {
  negator *self = user_data;
  const coracle_tensor *x = node->inputs[0];
  coracle_tensor *y = node->outputs[0];
  int64_t row, column;
  (void)execution;
  (void)error;
  look_at(self, x, &self->pitched_inputs);
  look_at(self, y, &self->pitched_outputs);
  for (row = 0; row < x->shape[0]; row++)
    for (column = 0; column < x->shape[1]; column++)
      ((float *)y->data)[row * row_step(y) + column] = -((const float *)x->data)[row * row_step(x) + column];
  return CORACLE_OK;
}

/* Splits rows of five into two and three, negates both, and joins them the other way round. */
static void run_with(negator *self, coracle_status expected) {
  coracle_backend backend = {CORACLE_BACKEND_VERSION, 0, "negator", NULL, supports, NULL, execute, NULL, NULL};
  const coracle_backend *extra = &backend;
  coracle_session_options options = CORACLE_SESSION_OPTIONS_INIT;
  coracle_tensor input = CORACLE_TENSOR_INIT, output = CORACLE_TENSOR_INIT;
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_session *session = NULL;
  coracle_model *model = open_model("beside", NULL);
  int index;
  if (model == NULL) return;
  backend.user_data = self;
  options.extra_backends = &extra;
  options.extra_backend_count = 1;
  if (expected != CORACLE_OK) {
    CHECK_FAILS(expected, coracle_session_create(model, &options, &session, &error), &error);
    CHECK(strstr(error.message, "pitch") != NULL);
  } else if (CHECK_OK(coracle_session_create(model, &options, &session, &error)) && CHECK_OK(coracle_session_input(session, 0, &input, &error))) {
    for (index = 0; index < 15; index++) ((float *)input.data)[index] = (float)index;
    CHECK_OK(coracle_session_run(session, &error));
    if (CHECK_OK(coracle_session_output(session, 0, &output, &error)) && CHECK(output.byte_count == 60 && output.strides[0] == 0))
      for (index = 0; index < 15; index++) {
        int column = index % 5, source = index - column + (column < 3 ? column + 2 : column - 3);
        CHECK(((const float *)output.data)[index] == (float)-source);
      }
  }
  CHECK(self->wrong == 0);
  coracle_session_destroy(session);
  coracle_model_destroy(model);
}

static void parts_have_a_pitch_where_a_backend_takes_it(void) {
  negator both = {1 | CORACLE_PITCHED_OUTPUT, 1 | CORACLE_PITCHED_OUTPUT, 0, 0, 0, 0}, reads = {1, 1, 0, 0, 0, 0},
          writes = {CORACLE_PITCHED_OUTPUT, CORACLE_PITCHED_OUTPUT, 0, 0, 0, 0}, neither = {0, 0, 0, 0, 0, 0};
  run_with(&both, CORACLE_OK);
  CHECK(both.pitched_inputs == 2 && both.pitched_outputs == 2);
  run_with(&reads, CORACLE_OK);
  CHECK(reads.pitched_inputs == 2 && reads.pitched_outputs == 0);
  run_with(&writes, CORACLE_OK);
  CHECK(writes.pitched_inputs == 0 && writes.pitched_outputs == 2);
  run_with(&neither, CORACLE_OK);
  CHECK(neither.dense == 4);
}

static void a_backend_keeps_its_word(void) {
  negator fickle = {1 | CORACLE_PITCHED_OUTPUT, 1, 0, 0, 0, 0};
  run_with(&fickle, CORACLE_BACKEND_FAILED);
}

const test pitch_tests[] = {{"parts_have_a_pitch_where_a_backend_takes_it", parts_have_a_pitch_where_a_backend_takes_it},
                            {"a_backend_keeps_its_word", a_backend_keeps_its_word},
                            {NULL, NULL}};
