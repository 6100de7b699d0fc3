/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "common.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

double seconds(void) {
  struct timespec now = {0, 0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

int complain(const char *what, const coracle_error *error) {
  fprintf(stderr, "%s: %s (%s)\n", what, error->message, coracle_status_name(error->status));
  return 0;
}

static int read_number(const char *text, uint32_t least, uint32_t most, uint32_t *number) {
  char *end;
  const long value = strtol(text, &end, 10);
  if (*text == 0 || *end != 0 || value < (long)least || value > (long)most) return 0;
  *number = (uint32_t)value;
  return 1;
}

int read_options(int count, char **arguments, const char *usage, options *options) {
  int index;
  memset(options, 0, sizeof *options);
  options->runs = 20;
  for (index = 1; index < count; index++) {
    const char *name = arguments[index];
    const char *value = index + 1 < count ? arguments[index + 1] : NULL;
    int taken = 1;
    if (strcmp(name, "--verify") == 0) {
      options->verify = 1;
      continue;
    }
    if (name[0] != '-') {
      if (options->model != NULL) break;
      options->model = name;
      continue;
    }
    if (value == NULL) break;
    if (strcmp(name, "--threads") == 0) taken = read_number(value, 1, 256, &options->threads);
    else if (strcmp(name, "--runs") == 0) taken = read_number(value, 1, 1000000, &options->runs);
    else if (strcmp(name, "--profile") == 0) options->profile = value;
    else if (strcmp(name, "--output") == 0) options->output = value;
    else if (strcmp(name, "--input") == 0 && options->input_count < 32) options->inputs[options->input_count++] = value;
    else taken = 0;
    if (!taken) break;
    index++;
  }
  if (index < count || options->model == NULL) {
    if (index < count && strcmp(arguments[index], "--help") != 0) fprintf(stderr, "cannot make sense of '%s'\n", arguments[index]);
    fputs(usage, stderr);
    return 0;
  }
  return 1;
}

static void print_warning(void *user_data, coracle_log_level level, const char *message) {
  (void)user_data;
  if (level == CORACLE_LOG_WARNING) fprintf(stderr, "warning: %s\n", message);
}

int load(const options *options, loaded *loaded) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_profile empty = CORACLE_PROFILE_INIT;
  coracle_session_options session = CORACLE_SESSION_OPTIONS_INIT;
  double start = seconds();
  memset(loaded, 0, sizeof *loaded);
  loaded->profile = empty;
  session.thread_count = options->threads;
  session.log = print_warning;
  if (options->profile != NULL) {
    const int is_file = strchr(options->profile, '/') != NULL || strstr(options->profile, ".json") != NULL;
    const coracle_status status = is_file ? coracle_profile_load(options->profile, print_warning, NULL, &loaded->profile, &error)
                                          : coracle_profile_find(options->profile, &loaded->profile, &error);
    if (status != CORACLE_OK) return complain(options->profile, &error);
    session.profile = &loaded->profile;
  }
  if (coracle_model_open_file(options->model, NULL, &loaded->model, &error) != CORACLE_OK) return complain(options->model, &error);
  loaded->load_seconds = seconds() - start;
  if (coracle_session_create(loaded->model, &session, &loaded->session, &error) != CORACLE_OK) {
    complain(options->model, &error);
    unload(loaded);
    return 0;
  }
  return 1;
}

void unload(loaded *loaded) {
  size_t index;
  coracle_session_destroy(loaded->session);
  coracle_model_destroy(loaded->model);
  for (index = 0; index < sizeof loaded->buffers / sizeof loaded->buffers[0]; index++) free(loaded->buffers[index]);
  memset(loaded, 0, sizeof *loaded);
}

int64_t element_count(const coracle_tensor *tensor) {
  int64_t count = 1;
  int axis;
  for (axis = 0; axis < tensor->rank; axis++) {
    const int64_t extent = tensor->shape[axis];
    if (extent < 0 || (extent > 0 && count > INT64_C(0x10000000000) / extent)) return -1;
    count *= extent;
  }
  return count;
}
