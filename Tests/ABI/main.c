/* Runs the C tests: abi_tests MODEL_DIRECTORY [--model NAME=PATH]... [TEST...]. SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "test.h"
#include "watchdog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_NAMED = 8 };

static const char *directory, *named[MOST_NAMED];
static int named_count, failures_of_test;

int check(int holds, const char *what, const char *file, int line) {
  if (!holds) {
    failures_of_test++;
    if (failures_of_test <= 10) fprintf(stderr, "%s:%d: %s\n", file, line, what);
  }
  return holds;
}

int is_built_in(const char *name) {
  static const char *const names[] = {"generic", "avx2", "avx512", "neon", "float16"};
  size_t index;
  for (index = 0; index < sizeof names / sizeof names[0]; index++)
    if (name != NULL && strcmp(name, names[index]) == 0) return 1;
  return 0;
}

int check_status(coracle_status expected, coracle_status found, const coracle_error *error, const char *what, const char *file, int line) {
  int holds = found == expected;
  if (error != NULL && expected != CORACLE_OK)
    holds = holds && error->struct_size == sizeof *error && error->status == expected && error->message[0] != 0 &&
            memchr(error->message, 0, sizeof error->message) != NULL;
  if (!holds)
    fprintf(stderr, "expected %s, found %s%s%s\n", coracle_status_name(expected), coracle_status_name(found), error ? ": " : "",
            error ? error->message : "");
  return check(holds, what, file, line);
}

const char *model_path(const char *name) {
  static char path[1024];
  int index;
  for (index = 0; index < named_count; index++) {
    size_t length = strlen(name);
    if (strncmp(named[index], name, length) == 0 && named[index][length] == '=') return named[index] + length + 1;
  }
  snprintf(path, sizeof path, "%s/%s.coracle", directory, name);
  return path;
}

const char *backend_path(const char *name) {
  static char path[1024];
  snprintf(path, sizeof path, "%s/backends/%s.so", directory, name);
  return path;
}

unsigned char *read_file(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  void *bytes = NULL;
  long length = 0;
  if (file == NULL) return NULL;
  if (fseek(file, 0, SEEK_END) == 0 && (length = ftell(file)) >= 0 && fseek(file, 0, SEEK_SET) == 0 &&
      posix_memalign(&bytes, 64, (size_t)length + 64) == 0 && fread(bytes, 1, (size_t)length, file) != (size_t)length) {
    free(bytes);
    bytes = NULL;
  }
  fclose(file);
  *size = (size_t)length;
  return bytes;
}

coracle_model *open_model(const char *name, const coracle_allocator *allocator) {
  coracle_model_options options = CORACLE_MODEL_OPTIONS_INIT;
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_model *model = NULL;
  options.allocator = allocator;
  if (!CHECK_OK(coracle_model_open_file(model_path(name), &options, &model, &error))) fprintf(stderr, "%s: %s\n", name, error.message);
  return model;
}

static int is_wanted(const char *name, char **wanted, int count) {
  int index;
  for (index = 0; index < count; index++)
    if (strcmp(name, wanted[index]) == 0) return 1;
  return count == 0;
}

int main(int count, char **arguments) {
  const test *const lists[] = {constant_tests, header_tests, model_tests,  session_tests, binding_tests, dynamic_tests, half_tests,
                               callback_tests, backend_tests, pitch_tests, loading_tests, memory_tests, budget_tests, thread_tests, refusal_tests, damage_tests};
  int passed = 0, failed = 0, argument = 2;
  size_t list;
  if (count < 2) {
    fprintf(stderr, "usage: %s MODEL_DIRECTORY [--model NAME=PATH]... [TEST...]\n", arguments[0]);
    return 2;
  }
  directory = arguments[1];
  while (argument + 1 < count && strcmp(arguments[argument], "--model") == 0 && named_count < MOST_NAMED) {
    named[named_count++] = arguments[argument + 1];
    argument += 2;
  }
  for (list = 0; list < sizeof lists / sizeof *lists; list++) {
    const test *each;
    for (each = lists[list]; each->name != NULL; each++) {
      if (!is_wanted(each->name, arguments + argument, count - argument)) continue;
      failures_of_test = 0;
      watchdog_watch(each->name);
      each->run();
      if (failures_of_test > 0) fprintf(stderr, "FAILED %s (%d checks)\n", each->name, failures_of_test);
      failures_of_test > 0 ? failed++ : passed++;
    }
  }
  printf("%d passed, %d failed\n", passed, failed);
  return failed > 0 || passed == 0;
}
