/* A backend in plain C, in a shared library of its own: it computes one operator, softmax over the last dimension of float32 tensors.
 * docs/backends.md explains it line by line. SPDX-License-Identifier: Apache-2.0 */
#include <coracle/backend.h>

#include <math.h>
#include <string.h>

/* Values of model.fbs, which are pinned: OperatorCode.softmax, and the place of SoftmaxAttributes in the union Attributes. */
enum { SOFTMAX = 20, SOFTMAX_ATTRIBUTES = 13 };

/* Field `index` of a FlatBuffers table, or NULL where the file leaves it at its default. A table starts with the distance to its vtable: the sizes
 * of vtable and table, then an offset a field. The library has verified the table. */
static const void *field(const void *table, uint16_t index) {
  const unsigned char *bytes = table, *vtable;
  int32_t distance;
  uint16_t size, offset;
  if (table == NULL) return NULL;
  memcpy(&distance, bytes, sizeof distance);
  vtable = bytes - distance;
  memcpy(&size, vtable, sizeof size);
  if (4 + 2 * index + 2 > size) return NULL;
  memcpy(&offset, vtable + 4 + 2 * index, sizeof offset);
  return offset == 0 ? NULL : bytes + offset;
}

static coracle_status supports(void *user_data, const coracle_node *node, const coracle_placement *placement, coracle_support *support) {
  const coracle_tensor *input;
  const void *axis_field, *logarithm_field;
  int32_t axis = -1;
  (void)user_data, (void)placement;
  if (node->operator_code != SOFTMAX || node->attributes_type != SOFTMAX_ATTRIBUTES || node->input_count != 1 || node->outputs[0] == NULL)
    return CORACLE_UNSUPPORTED;
  input = node->inputs[0];
  axis_field = field(node->attributes, 0);
  logarithm_field = field(node->attributes, 1);
  if (axis_field != NULL) memcpy(&axis, axis_field, sizeof axis);
  if (input->type != CORACLE_FLOAT32 || input->rank < 1 || (axis != -1 && axis != input->rank - 1)) return CORACLE_UNSUPPORTED;
  if (logarithm_field != NULL && *(const uint8_t *)logarithm_field != 0) return CORACLE_UNSUPPORTED;
  support->all_threads = 1;
  support->kernel_name = "softmax of rows";
  support->reason = "float32, last dimension";
  return CORACLE_OK;
}

/* Each thread takes every thread_count-th row. Subtracting the largest element keeps the exponentials finite. */
static coracle_status execute(void *user_data, const coracle_node *node, const coracle_execution *execution, coracle_error *error) {
  const coracle_tensor *input = node->inputs[0];
  const size_t size = (size_t)input->shape[input->rank - 1];
  const size_t rows = size == 0 ? 0 : input->byte_count / sizeof(float) / size;
  size_t row, index;
  (void)user_data, (void)error;
  for (row = execution->thread_index; row < rows; row += execution->thread_count) {
    const float *from = (const float *)input->data + row * size;
    float *to = (float *)node->outputs[0]->data + row * size;
    float largest = from[0], sum = 0;
    for (index = 1; index < size; index++)
      if (from[index] > largest) largest = from[index];
    for (index = 0; index < size; index++) sum += to[index] = expf(from[index] - largest);
    for (index = 0; index < size; index++) to[index] /= sum;
  }
  return CORACLE_OK;
}

static const coracle_backend backend = {CORACLE_BACKEND_VERSION, 0, "softmax-example", NULL, supports, NULL, execute, NULL, NULL};

/* The one symbol of this library: gives its table, which lives as long as the library is loaded. */
CORACLE_API const coracle_backend *coracle_backend_table(void);
const coracle_backend *coracle_backend_table(void) { return &backend; }
