/* model.h: opening, describing, finding. SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdlib.h>
#include <string.h>

static void a_model_describes_its_ends(void) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_tensor tensor = CORACLE_TENSOR_INIT;
  coracle_model *model = open_model("small", NULL);
  if (model == NULL) return;
  CHECK(coracle_model_input_count(model) == 1 && coracle_model_output_count(model) == 2);
  CHECK_OK(coracle_model_input(model, 0, &tensor, &error));
  CHECK(strcmp(tensor.name, "x") == 0 && tensor.type == CORACLE_FLOAT32 && tensor.rank == 2);
  CHECK(tensor.shape[0] == 1 && tensor.shape[1] == 4 && tensor.data == NULL && tensor.struct_size == sizeof tensor);
  CHECK_OK(coracle_model_output(model, 1, &tensor, &error));
  CHECK(strcmp(tensor.name, "z") == 0);
  coracle_model_destroy(model);

  model = open_model("open", NULL);
  if (model == NULL) return;
  CHECK_OK(coracle_model_input(model, 0, &tensor, &error));
  CHECK(tensor.shape[0] == -1 && tensor.shape[1] == 4);
  coracle_model_destroy(model);
}

static void names_are_found(void) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_model *model = open_model("small", NULL);
  const char *key = NULL, *value = NULL;
  size_t index = 99;
  if (model == NULL) return;
  CHECK_OK(coracle_model_find_input(model, "x", &index, &error));
  CHECK(index == 0);
  CHECK_OK(coracle_model_find_output(model, "z", &index, &error));
  CHECK(index == 1);
  CHECK_FAILS(CORACLE_NOT_FOUND, coracle_model_find_input(model, "z", &index, &error), &error);
  CHECK_FAILS(CORACLE_NOT_FOUND, coracle_model_find_output(model, "x", &index, &error), &error);
  CHECK_FAILS(CORACLE_NOT_FOUND, coracle_model_find_output(model, "", &index, &error), &error);
  CHECK(index == 1);
  CHECK_OK(coracle_model_metadata(model, "source.format", &value, &error));
  CHECK(value != NULL && strcmp(value, "tests") == 0);
  value = "kept";
  CHECK_FAILS(CORACLE_NOT_FOUND, coracle_model_metadata(model, "source", &value, &error), &error);
  CHECK(strcmp(value, "kept") == 0);
  /* A key that is there twice is found with its first value; what an entry leaves out is empty. */
  CHECK(coracle_model_metadata_count(model) == 5);
  CHECK_OK(coracle_model_metadata(model, "labels", &value, &error));
  CHECK(strcmp(value, "eins\nzwei") == 0);
  CHECK_OK(coracle_model_metadata_at(model, 2, &key, &value, &error));
  CHECK(strcmp(key, "labels") == 0 && strcmp(value, "again") == 0);
  CHECK_OK(coracle_model_metadata_at(model, 3, &key, &value, &error));
  CHECK(strcmp(key, "Gr\xC3\xB6\xC3\x9F" "e") == 0 && strcmp(value, "") == 0);
  CHECK_OK(coracle_model_metadata_at(model, 4, &key, NULL, &error));
  CHECK(strcmp(key, "") == 0);
  CHECK_OK(coracle_model_metadata_at(model, 4, NULL, NULL, &error));
  key = "kept";
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_model_metadata_at(model, 5, &key, &value, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_model_metadata_at(model, SIZE_MAX, &key, &value, &error), &error);
  CHECK(strcmp(key, "kept") == 0);
  coracle_model_destroy(model);
}

static void test_vectors_are_read(void) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_tensor tensor = CORACLE_TENSOR_INIT;
  coracle_model *model = open_model("small", NULL);
  if (model == NULL) return;
  CHECK(coracle_model_test_vector_count(model) == 1);
  CHECK_OK(coracle_model_test_vector(model, 0, 0, 0, &tensor, &error));
  CHECK(tensor.byte_count == 16 && ((const float *)tensor.data)[3] == 1);
  CHECK_OK(coracle_model_test_vector(model, 0, 1, 1, &tensor, &error));
  CHECK(((const float *)tensor.data)[3] == 24);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_model_test_vector(model, 1, 0, 0, &tensor, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_model_test_vector(model, 0, 0, 1, &tensor, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_model_test_vector(model, SIZE_MAX, 1, SIZE_MAX, &tensor, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_model_test_vector(model, 0, 0, 0, NULL, &error), &error);
  coracle_model_destroy(model);
}

static void null_is_answered(void) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_tensor tensor = CORACLE_TENSOR_INIT;
  coracle_model *model = NULL, *opened = open_model("small", NULL);
  const char *value;
  size_t index;
  if (opened == NULL) return;
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_model_open_file(NULL, NULL, &model, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_model_open_file(model_path("small"), NULL, NULL, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_model_open_memory(NULL, 100, NULL, &model, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_model_open_memory(&error, 100, NULL, NULL, &error), &error);
  CHECK(coracle_model_input_count(NULL) == 0 && coracle_model_output_count(NULL) == 0 && coracle_model_test_vector_count(NULL) == 0);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_model_input(NULL, 0, &tensor, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_model_output(NULL, 0, &tensor, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_model_input(opened, 0, NULL, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_model_find_input(NULL, "x", &index, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_model_find_input(opened, NULL, &index, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_model_find_output(opened, "y", NULL, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_model_metadata(NULL, "a", &value, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_model_metadata(opened, NULL, &value, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_model_metadata(opened, "a", NULL, &error), &error);
  CHECK(coracle_model_metadata_count(NULL) == 0);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_model_metadata_at(NULL, 0, &value, &value, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_model_test_vector(NULL, 0, 0, 0, &tensor, &error), &error);
  /* Without an error object the status is all there is. */
  CHECK(coracle_model_open_file(NULL, NULL, NULL, NULL) == CORACLE_INVALID_ARGUMENT);
  CHECK(coracle_model_input(opened, 9, &tensor, NULL) == CORACLE_INVALID_ARGUMENT);
  CHECK(model == NULL);
  coracle_model_destroy(NULL);
  coracle_model_destroy(opened);
}

static void wrong_indices_and_sizes_are_refused(void) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_tensor tensor = CORACLE_TENSOR_INIT;
  coracle_model_options options = CORACLE_MODEL_OPTIONS_INIT;
  coracle_model *model = NULL, *opened = open_model("small", NULL);
  if (opened == NULL) return;
  tensor.rank = 5;
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_model_input(opened, 1, &tensor, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_model_output(opened, 2, &tensor, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_model_output(opened, SIZE_MAX, &tensor, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_model_output(opened, SIZE_MAX / 2 + 1, &tensor, &error), &error);
  CHECK(tensor.rank == 5);
  tensor.struct_size = 0;
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_model_input(opened, 0, &tensor, &error), &error);
  options.struct_size = 0;
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_model_open_file(model_path("small"), &options, &model, &error), &error);
  coracle_model_destroy(opened);
}

static void a_shorter_struct_is_filled_as_far_as_it_goes(void) {
  coracle_tensor tensor = CORACLE_TENSOR_INIT;
  coracle_model *model = open_model("small", NULL);
  if (model == NULL) return;
  tensor.struct_size = (uint32_t)offsetof(coracle_tensor, byte_count);
  tensor.byte_count = 123;
  tensor.name = "mine";
  CHECK_OK(coracle_model_input(model, 0, &tensor, NULL));
  CHECK(tensor.rank == 2 && tensor.shape[1] == 4 && tensor.byte_count == 123 && strcmp(tensor.name, "mine") == 0);
  CHECK(tensor.struct_size == offsetof(coracle_tensor, byte_count));
  coracle_model_destroy(model);
}

static void an_error_object_without_its_size_is_left_alone(void) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_model *model = NULL;
  error.struct_size = 0;
  error.status = 42;
  CHECK(coracle_model_open_file("/nowhere", NULL, &model, &error) == CORACLE_IO);
  CHECK(error.status == 42 && error.message[0] == 0);
}

static void files_that_cannot_be_read(void) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_model *model = NULL;
  char longest[5000];
  CHECK_FAILS(CORACLE_IO, coracle_model_open_file("/nowhere/model.coracle", NULL, &model, &error), &error);
  CHECK(strstr(error.message, "/nowhere/model.coracle") != NULL);
  CHECK_FAILS(CORACLE_IO, coracle_model_open_file("/", NULL, &model, &error), &error);
  CHECK_FAILS(CORACLE_IO, coracle_model_open_file("", NULL, &model, &error), &error);
  memset(longest, 'a', sizeof longest);
  longest[sizeof longest - 1] = 0;
  CHECK_FAILS(CORACLE_IO, coracle_model_open_file(longest, NULL, &model, &error), &error);
  CHECK_FAILS(CORACLE_IO, coracle_model_open_file("/dev/null", NULL, &model, &error), &error);
  CHECK(model == NULL);
}

static void a_model_in_memory(void) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_model *model = NULL;
  size_t size = 0;
  unsigned char *bytes = read_file(model_path("small"), &size);
  if (!CHECK(bytes != NULL)) return;
  CHECK_OK(coracle_model_open_memory(bytes, size, NULL, &model, &error));
  CHECK(coracle_model_input_count(model) == 1);
  coracle_model_destroy(model);
  model = NULL;
  memmove(bytes + 8, bytes, size);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_model_open_memory(bytes + 8, size, NULL, &model, &error), &error);
  CHECK_FAILS(CORACLE_NOT_A_MODEL, coracle_model_open_memory(bytes, 0, NULL, &model, &error), &error);
  CHECK(model == NULL);
  free(bytes);
}

static void a_session_keeps_its_model(void) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_session *session = NULL;
  coracle_tensor input = CORACLE_TENSOR_INIT;
  coracle_model *model = open_model("small", NULL);
  if (model == NULL) return;
  CHECK_OK(coracle_session_create(model, NULL, &session, &error));
  coracle_model_destroy(model);
  CHECK_OK(coracle_session_input(session, 0, &input, &error));
  memset(input.data, 0, input.byte_count);
  CHECK_OK(coracle_session_run(session, &error));
  coracle_session_destroy(session);
}

const test model_tests[] = {{"a_model_describes_its_ends", a_model_describes_its_ends},
                            {"names_are_found", names_are_found},
                            {"test_vectors_are_read", test_vectors_are_read},
                            {"null_is_answered", null_is_answered},
                            {"wrong_indices_and_sizes_are_refused", wrong_indices_and_sizes_are_refused},
                            {"a_shorter_struct_is_filled_as_far_as_it_goes", a_shorter_struct_is_filled_as_far_as_it_goes},
                            {"an_error_object_without_its_size_is_left_alone", an_error_object_without_its_size_is_left_alone},
                            {"files_that_cannot_be_read", files_that_cannot_be_read},
                            {"a_model_in_memory", a_model_in_memory},
                            {"a_session_keeps_its_model", a_session_keeps_its_model},
                            {NULL, NULL}};
