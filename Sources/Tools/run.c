/* coracle-run: runs a model on arrays, or on the test vectors in its file. SPDX-License-Identifier: Apache-2.0 */
#include "common.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "coracle-run MODEL [--input NAME=FILE.npy | --input FILE.npy]... [--output FOLDER] [--threads N] [--profile NAME|FILE.json] [--verify]\n"
    "  Prints the outputs' shapes and first elements. An input without a file is zeros. Raw files hold the elements alone.\n"
    "  --output writes FOLDER/<index>.npy. --verify runs the test vectors in the file and ends with 1 where an output is off by more than\n"
    "  a thousandth of the largest expected element.\n";

static double element(const coracle_tensor *tensor, int64_t index) {
  switch (tensor->type) {
  case CORACLE_FLOAT32: return ((const float *)tensor->data)[index];
  case CORACLE_INT8: return ((const int8_t *)tensor->data)[index];
  case CORACLE_INT16: return ((const int16_t *)tensor->data)[index];
  case CORACLE_INT32: return ((const int32_t *)tensor->data)[index];
  case CORACLE_INT64: return (double)((const int64_t *)tensor->data)[index];
  case CORACLE_FLOAT16: return NAN;
  default: return ((const uint8_t *)tensor->data)[index];
  }
}

static void print_shape(const coracle_tensor *tensor) {
  int axis;
  printf("%s[", coracle_element_type_name(tensor->type));
  for (axis = 0; axis < tensor->rank; axis++) printf(axis == 0 ? "%lld" : ", %lld", (long long)tensor->shape[axis]);
  printf("]");
}

/* Binds the files to the inputs that they name. */
static int bind_inputs(const options *options, loaded *loaded) {
  coracle_error error = CORACLE_ERROR_INIT;
  int position;
  for (position = 0; position < options->input_count; position++) {
    const char *argument = options->inputs[position], *path = argument, *equals = strrchr(argument, '=');
    coracle_tensor tensor = CORACLE_TENSOR_INIT;
    size_t index = 0;
    if (equals != NULL) {
      char name[256];
      snprintf(name, sizeof name, "%.*s", (int)(equals - argument), argument);
      path = equals + 1;
      if (coracle_model_find_input(loaded->model, name, &index, &error) != CORACLE_OK) return complain(argument, &error);
    }
    if (coracle_model_input(loaded->model, index, &tensor, &error) != CORACLE_OK) return complain(argument, &error);
    if (index >= sizeof loaded->buffers / sizeof loaded->buffers[0]) {
      fprintf(stderr, "%s: there are too many inputs\n", argument);
      return 0;
    }
    free(loaded->buffers[index]);
    if (!read_array(path, &tensor, &loaded->buffers[index])) return 0;
    memset(tensor.strides, 0, sizeof tensor.strides);
    if (coracle_session_bind_input(loaded->session, index, &tensor, &error) != CORACLE_OK) return complain(argument, &error);
  }
  return 1;
}

static int run_once(const options *options, loaded *loaded) {
  coracle_error error = CORACLE_ERROR_INIT;
  size_t index;
  for (index = 0; index < coracle_model_input_count(loaded->model) && index < 64; index++) {
    coracle_tensor tensor = CORACLE_TENSOR_INIT;
    if (loaded->buffers[index] != NULL) continue;
    if (coracle_session_input(loaded->session, index, &tensor, &error) != CORACLE_OK) return complain(options->model, &error);
    if (tensor.byte_count > 0) memset(tensor.data, 0, tensor.byte_count);
  }
  if (coracle_session_run(loaded->session, &error) != CORACLE_OK) return complain(options->model, &error);
  for (index = 0; index < coracle_model_output_count(loaded->model); index++) {
    coracle_tensor tensor = CORACLE_TENSOR_INIT;
    int64_t place;
    if (coracle_session_output(loaded->session, index, &tensor, &error) != CORACLE_OK) return complain(options->model, &error);
    printf("%s ", tensor.name == NULL ? "" : tensor.name);
    print_shape(&tensor);
    for (place = 0; place < element_count(&tensor) && place < 8; place++) printf(" %.7g", element(&tensor, place));
    printf("\n");
    if (options->output != NULL) {
      char path[1024];
      snprintf(path, sizeof path, "%s/%zu.npy", options->output, index);
      if (!write_array(path, &tensor)) return 0;
    }
  }
  return 1;
}

/* Runs the test vectors; 0 where there are none or an output is off. */
static int verify(const options *options, loaded *loaded) {
  coracle_error error = CORACLE_ERROR_INIT;
  size_t vector, index, vectors = coracle_model_test_vector_count(loaded->model);
  int is_sound = vectors > 0;
  if (vectors == 0) fprintf(stderr, "%s: holds no test vectors\n", options->model);
  for (vector = 0; vector < vectors; vector++) {
    for (index = 0; index < coracle_model_input_count(loaded->model); index++) {
      coracle_tensor given = CORACLE_TENSOR_INIT;
      if (coracle_model_test_vector(loaded->model, vector, 0, index, &given, &error) != CORACLE_OK) return complain(options->model, &error);
      if (coracle_session_bind_input(loaded->session, index, &given, &error) != CORACLE_OK) return complain(options->model, &error);
    }
    if (coracle_session_run(loaded->session, &error) != CORACLE_OK) return complain(options->model, &error);
    for (index = 0; index < coracle_model_output_count(loaded->model); index++) {
      coracle_tensor expected = CORACLE_TENSOR_INIT, found = CORACLE_TENSOR_INIT;
      double largest = 0, difference = 0;
      int64_t place, count;
      if (coracle_model_test_vector(loaded->model, vector, 1, index, &expected, &error) != CORACLE_OK) return complain(options->model, &error);
      if (coracle_session_output(loaded->session, index, &found, &error) != CORACLE_OK) return complain(options->model, &error);
      count = element_count(&expected);
      if (count != element_count(&found) || expected.type != found.type) {
        fprintf(stderr, "%s: output %zu has another shape or type than expected\n", options->model, index);
        return 0;
      }
      for (place = 0; place < count; place++) {
        const double wanted = element(&expected, place), off = fabs(element(&found, place) - wanted);
        if (fabs(wanted) > largest) largest = fabs(wanted);
        if (!(off <= difference)) difference = off;
      }
      printf("test vector %zu, output %zu: off by %.3g at most, largest expected %.3g\n", vector, index, difference, largest);
      if (!(difference <= 1e-3 * (largest > 1 ? largest : 1))) is_sound = 0;
    }
  }
  return is_sound;
}

int main(int count, char **arguments) {
  options options;
  loaded loaded;
  int is_sound;
  if (!read_options(count, arguments, usage, &options)) return 64;
  if (!load(&options, &loaded)) return 1;
  is_sound = bind_inputs(&options, &loaded) && (options.verify ? verify(&options, &loaded) : run_once(&options, &loaded));
  unload(&loaded);
  return is_sound ? 0 : 1;
}
