/* NumPy's files (numpy.lib.format, versions 1 to 3). SPDX-License-Identifier: Apache-2.0 */
#include "common.h"

#include <stdlib.h>
#include <string.h>

static const char *numpy_type(coracle_element_type type) {
  switch (type) {
  case CORACLE_FLOAT32: return "<f4";
  case CORACLE_FLOAT16: return "<f2";
  case CORACLE_INT8: return "|i1";
  case CORACLE_UINT8: return "|u1";
  case CORACLE_INT16: return "<i2";
  case CORACLE_INT32: return "<i4";
  case CORACLE_INT64: return "<i8";
  case CORACLE_BOOL: return "|b1";
  default: return "?";
  }
}

static int fail(const char *path, const char *what) {
  fprintf(stderr, "%s: %s\n", path, what);
  return 0;
}

/* The whole file, with a NUL behind it. */
static char *read_file(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  char *bytes = NULL;
  size_t room = 0, count = 0, got;
  if (file == NULL) return NULL;
  do {
    char *grown;
    room = room == 0 ? 65536 : room * 2;
    grown = realloc(bytes, room + 1);
    if (grown == NULL) {
      free(bytes);
      fclose(file);
      return NULL;
    }
    bytes = grown;
    got = fread(bytes + count, 1, room - count, file);
    count += got;
  } while (count == room);
  fclose(file);
  bytes[count] = 0;
  *size = count;
  return bytes;
}

/* Takes the shape that the header between `text` and its NUL names. */
static int read_shape(const char *text, coracle_tensor *tensor) {
  const char *at = strstr(text, "'shape'");
  at = at == NULL ? NULL : strchr(at, '(');
  if (at == NULL) return 0;
  tensor->rank = 0;
  for (at++; *at != ')';) {
    char *end;
    long long extent;
    while (*at == ' ' || *at == ',') at++;
    if (*at == ')') break;
    extent = strtoll(at, &end, 10);
    if (end == at || extent < 0 || tensor->rank >= CORACLE_MAX_RANK) return 0;
    tensor->shape[tensor->rank++] = extent;
    at = end;
  }
  return 1;
}

int read_array(const char *path, coracle_tensor *tensor, void **buffer) {
  size_t size = 0, begin = 0;
  char *bytes = read_file(path, &size);
  char *elements;
  int64_t count;
  const size_t element = coracle_element_type_size(tensor->type);
  *buffer = NULL;
  if (bytes == NULL) return fail(path, "cannot be read");
  if (size > 12 && memcmp(bytes, "\x93NUMPY", 6) == 0) {
    const unsigned char *lengths = (const unsigned char *)bytes + 8;
    const int is_long = bytes[6] > 1;
    const size_t length = (size_t)lengths[0] | (size_t)lengths[1] << 8 | (is_long ? (size_t)lengths[2] << 16 | (size_t)lengths[3] << 24 : 0);
    const char *wanted = numpy_type(tensor->type);
    char saved;
    int is_sound;
    begin = (is_long ? 12u : 10u) + length;
    if (begin > size) {
      free(bytes);
      return fail(path, "ends in its header");
    }
    saved = bytes[begin];
    bytes[begin] = 0;
    is_sound = strstr(bytes + 10, wanted) != NULL && strstr(bytes + 10, "'fortran_order': False") != NULL && read_shape(bytes + 10, tensor);
    bytes[begin] = saved;
    if (!is_sound) {
      fprintf(stderr, "%s: is no array of %s in C order\n", path, coracle_element_type_name(tensor->type));
      free(bytes);
      return 0;
    }
  }
  count = element_count(tensor);
  if (count < 0 || (uint64_t)count != (uint64_t)(size - begin) / element || (size - begin) % element != 0) {
    free(bytes);
    return fail(path, "has another number of elements than its shape (raw files need a model with fixed shapes)");
  }
  /* The elements move to the start, which is aligned. */
  elements = bytes;
  memmove(elements, bytes + begin, size - begin);
  tensor->data = elements;
  tensor->byte_count = size - begin;
  *buffer = bytes;
  return 1;
}

int write_array(const char *path, const coracle_tensor *tensor) {
  char header[256];
  int axis, length;
  size_t total;
  FILE *file;
  int is_sound;
  length = snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': (", numpy_type(tensor->type));
  for (axis = 0; axis < tensor->rank; axis++) length += snprintf(header + length, sizeof header - (size_t)length, "%lld,", (long long)tensor->shape[axis]);
  length += snprintf(header + length, sizeof header - (size_t)length, "), }");
  total = (10u + (size_t)length + 1 + 63) / 64 * 64;
  file = fopen(path, "wb");
  if (file == NULL) return fail(path, "cannot be written");
  fwrite("\x93NUMPY\x01\x00", 1, 8, file);
  fputc((int)((total - 10) & 255), file);
  fputc((int)((total - 10) >> 8), file);
  fwrite(header, 1, (size_t)length, file);
  for (total -= 10u + (size_t)length; total > 1; total--) fputc(' ', file);
  fputc('\n', file);
  if (tensor->byte_count > 0) fwrite(tensor->data, 1, tensor->byte_count, file);
  is_sound = !ferror(file);
  if (fclose(file) != 0 || !is_sound) return fail(path, "cannot be written");
  return 1;
}
