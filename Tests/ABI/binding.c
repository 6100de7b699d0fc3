/* session.h: the caller's own buffers. SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

static coracle_session *make(const char *name) {
  coracle_session *session = NULL;
  coracle_model *model = open_model(name, NULL);
  if (model == NULL) return NULL;
  CHECK_OK(coracle_session_create(model, NULL, &session, NULL));
  coracle_model_destroy(model);
  return session;
}

static coracle_tensor view(float *data, int64_t rows) {
  coracle_tensor tensor = CORACLE_TENSOR_INIT;
  tensor.type = CORACLE_FLOAT32;
  tensor.rank = 2;
  tensor.shape[0] = rows;
  tensor.shape[1] = 4;
  tensor.data = data;
  tensor.byte_count = (size_t)rows * 16;
  return tensor;
}

static void buffers_are_used_without_a_copy(void) {
  coracle_error error = CORACLE_ERROR_INIT;
  float x[8] = {1, 2, 3, 4, 5, 6, 7, 8}, y[8] = {0}, z[9] = {0};
  coracle_tensor input = view(x, 2), first = view(y, 2), second = view(z, 2), found = CORACLE_TENSOR_INIT;
  coracle_session *session = make("open");
  int index;
  if (session == NULL) return;
  z[8] = 77;
  CHECK_OK(coracle_session_bind_input(session, 0, &input, &error));
  CHECK_OK(coracle_session_bind_output(session, 0, &first, &error));
  CHECK_OK(coracle_session_bind_output(session, 1, &second, &error));
  CHECK_OK(coracle_session_run(session, &error));
  for (index = 0; index < 8; index++) {
    float sum = x[index] + (float)(index % 4 + 1);
    CHECK(y[index] == sum && z[index] == sum * sum - x[index]);
  }
  CHECK(z[8] == 77);
  CHECK_OK(coracle_session_output(session, 0, &found, &error));
  CHECK(found.data == y);
  CHECK_OK(coracle_session_output(session, 1, &found, &error));
  CHECK(found.data == z);
  /* The memory is read at each run. */
  x[5] = 100;
  CHECK_OK(coracle_session_run(session, &error));
  CHECK(y[5] == 102);
  coracle_session_destroy(session);
}

static void bindings_are_undone(void) {
  const int64_t shape[2] = {2, 4};
  coracle_error error = CORACLE_ERROR_INIT;
  float x[8] = {1, 2, 3, 4, 5, 6, 7, 8}, y[8] = {0};
  coracle_tensor input = view(x, 2), output = view(y, 2), own = CORACLE_TENSOR_INIT;
  coracle_session *session = make("open");
  if (session == NULL) return;
  CHECK_OK(coracle_session_bind_input(session, 0, &input, &error));
  CHECK_OK(coracle_session_bind_output(session, 0, &output, &error));
  CHECK_OK(coracle_session_run(session, &error));
  CHECK_OK(coracle_session_bind_input(session, 0, NULL, &error));
  CHECK_OK(coracle_session_bind_output(session, 0, NULL, &error));
  memset(y, 0, sizeof y);
  CHECK_OK(coracle_session_input(session, 0, &own, &error));
  CHECK(own.data != x && own.byte_count == sizeof x);
  memcpy(own.data, x, sizeof x);
  CHECK_OK(coracle_session_run(session, &error));
  CHECK(y[0] == 0);
  CHECK_OK(coracle_session_output(session, 0, &own, &error));
  CHECK(own.data != y && ((float *)own.data)[7] == 12);
  /* A resize undoes an input's binding too, even to the same shape. */
  CHECK_OK(coracle_session_bind_input(session, 0, &input, &error));
  CHECK_OK(coracle_session_resize_input(session, 0, shape, 2, &error));
  CHECK_OK(coracle_session_input(session, 0, &own, &error));
  CHECK(own.data != x);
  coracle_session_destroy(session);
}

static void a_binding_changes_the_shape(void) {
  coracle_error error = CORACLE_ERROR_INIT;
  float x[40], y[40];
  coracle_tensor found = CORACLE_TENSOR_INIT;
  coracle_session *session = make("open");
  int64_t rows;
  int index;
  if (session == NULL) return;
  for (index = 0; index < 40; index++) x[index] = (float)index;
  for (rows = 10; rows > 0; rows -= 3) {
    coracle_tensor input = view(x, rows), output = view(y, rows);
    CHECK_OK(coracle_session_bind_input(session, 0, &input, &error));
    CHECK_OK(coracle_session_bind_output(session, 0, &output, &error));
    CHECK_OK(coracle_session_run(session, &error));
    CHECK_OK(coracle_session_output(session, 1, &found, &error));
    CHECK(found.shape[0] == rows && y[4 * rows - 1] == x[4 * rows - 1] + 4);
  }
  coracle_session_destroy(session);
}

static void an_output_that_does_not_fit_is_refused(void) {
  coracle_error error = CORACLE_ERROR_INIT;
  float x[8] = {0}, y[8] = {0};
  coracle_tensor input = view(x, 2), output = view(y, 2);
  coracle_session *session = make("open");
  if (session == NULL) return;
  output.byte_count = 31;
  CHECK_OK(coracle_session_bind_input(session, 0, &input, &error));
  CHECK_OK(coracle_session_bind_output(session, 0, &output, &error));
  CHECK_FAILS(CORACLE_INVALID_SHAPE, coracle_session_run(session, &error), &error);
  CHECK(y[0] == 0 && y[7] == 0);
  output.byte_count = 32;
  CHECK_OK(coracle_session_bind_output(session, 0, &output, &error));
  CHECK_OK(coracle_session_run(session, &error));
  CHECK(y[7] == 4);
  coracle_session_destroy(session);
}

static void wrong_bindings_are_refused(void) {
  coracle_error error = CORACLE_ERROR_INIT;
  float x[9] = {0};
  coracle_tensor good = view(x, 2), bad, own = CORACLE_TENSOR_INIT;
  coracle_session *session = make("open");
  if (session == NULL) return;
#define REFUSED(status, change) \
  bad = good; \
  change; \
  CHECK_FAILS(status, coracle_session_bind_input(session, 0, &bad, &error), &error)
  REFUSED(CORACLE_INVALID_TYPE, bad.type = CORACLE_INT64);
  REFUSED(CORACLE_INVALID_TYPE, bad.type = 0);
  REFUSED(CORACLE_INVALID_TYPE, bad.type = 257);
  REFUSED(CORACLE_INVALID_TYPE, bad.type = INT32_MIN);
  REFUSED(CORACLE_INVALID_SHAPE, bad.rank = 1);
  REFUSED(CORACLE_INVALID_SHAPE, bad.rank = -1);
  REFUSED(CORACLE_INVALID_SHAPE, bad.rank = INT32_MAX);
  REFUSED(CORACLE_INVALID_SHAPE, bad.shape[0] = -1);
  REFUSED(CORACLE_INVALID_SHAPE, bad.shape[0] = INT64_MAX);
  REFUSED(CORACLE_INVALID_ARGUMENT, bad.data = NULL);
  REFUSED(CORACLE_INVALID_ARGUMENT, bad.byte_count = 31);
  REFUSED(CORACLE_INVALID_ARGUMENT, bad.data = (char *)x + 1);
  REFUSED(CORACLE_INVALID_ARGUMENT, bad.strides[0] = 8; bad.strides[1] = 1);
  REFUSED(CORACLE_INVALID_ARGUMENT, bad.strides[0] = 1; bad.strides[1] = 2);
  REFUSED(CORACLE_INVALID_ARGUMENT, bad.struct_size = 0);
#undef REFUSED
  bad = good;
  bad.data = NULL;
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_session_bind_output(session, 0, &bad, &error), &error);
  /* Dense strides are allowed. */
  bad = good;
  bad.strides[0] = 4;
  bad.strides[1] = 1;
  CHECK_OK(coracle_session_bind_input(session, 0, &bad, &error));
  CHECK_OK(coracle_session_run(session, &error));
  CHECK_OK(coracle_session_output(session, 0, &own, &error));
  CHECK(((float *)own.data)[7] == 4);
  coracle_session_destroy(session);
}

static void an_output_of_changing_shape_is_bound(void) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_tensor input = CORACLE_TENSOR_INIT, bound = CORACLE_TENSOR_INIT, output = CORACLE_TENSOR_INIT;
  const float given[6] = {0, 3, 0, 0, 5, 6};
  int64_t found[4] = {-1, -1, -1, -1};
  coracle_session *session = make("non-zero");
  if (session == NULL) return;
  bound.data = found;
  bound.byte_count = 3 * sizeof *found;
  CHECK_OK(coracle_session_bind_output(session, 0, &bound, &error));
  CHECK_OK(coracle_session_input(session, 0, &input, &error));
  memcpy(input.data, given, sizeof given);
  CHECK_OK(coracle_session_run(session, &error));
  CHECK(found[0] == 1 && found[1] == 4 && found[2] == 5 && found[3] == -1);
  CHECK_OK(coracle_session_output(session, 0, &output, &error));
  CHECK(output.data == found && output.byte_count == 24 && output.shape[1] == 3);
  ((float *)input.data)[0] = 1;
  CHECK_FAILS(CORACLE_INVALID_SHAPE, coracle_session_run(session, &error), &error);
  CHECK(found[3] == -1);
  ((float *)input.data)[1] = 0;
  CHECK_OK(coracle_session_run(session, &error));
  CHECK(found[0] == 0);
  coracle_session_destroy(session);
}

const test binding_tests[] = {{"buffers_are_used_without_a_copy", buffers_are_used_without_a_copy},
                              {"bindings_are_undone", bindings_are_undone},
                              {"a_binding_changes_the_shape", a_binding_changes_the_shape},
                              {"an_output_that_does_not_fit_is_refused", an_output_that_does_not_fit_is_refused},
                              {"wrong_bindings_are_refused", wrong_bindings_are_refused},
                              {"an_output_of_changing_shape_is_bound", an_output_of_changing_shape_is_bound},
                              {NULL, NULL}};
