/* coracle-bench: times a model on this machine. SPDX-License-Identifier: Apache-2.0 */
#include "common.h"

#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "coracle-bench MODEL [--threads N] [--runs N] [--profile NAME|FILE.json]\n"
    "  Inputs are the same small numbers every time; an open extent is taken as 1.\n";

/* The largest resident set of the process so far, in bytes; 0 where the system does not tell. */
static double peak_bytes(void) {
  FILE *file = fopen("/proc/self/status", "r");
  char line[256];
  double kilobytes = 0;
  if (file == NULL) return 0;
  while (fgets(line, sizeof line, file) != NULL && sscanf(line, "VmHWM: %lf", &kilobytes) != 1) continue;
  fclose(file);
  return kilobytes * 1024;
}

static int compare(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static int fill_inputs(const options *options, loaded *loaded) {
  coracle_error error = CORACLE_ERROR_INIT;
  size_t index;
  for (index = 0; index < coracle_model_input_count(loaded->model); index++) {
    coracle_tensor tensor = CORACLE_TENSOR_INIT;
    int axis, is_open = 0;
    if (coracle_model_input(loaded->model, index, &tensor, &error) != CORACLE_OK) return complain(options->model, &error);
    for (axis = 0; axis < tensor.rank; axis++) {
      if (tensor.shape[axis] >= 0) continue;
      tensor.shape[axis] = 1;
      is_open = 1;
    }
    if (is_open && coracle_session_resize_input(loaded->session, index, tensor.shape, tensor.rank, &error) != CORACLE_OK) return complain(options->model, &error);
  }
  for (index = 0; index < coracle_model_input_count(loaded->model); index++) {
    coracle_tensor tensor = CORACLE_TENSOR_INIT;
    int64_t place, count;
    if (coracle_session_input(loaded->session, index, &tensor, &error) != CORACLE_OK) return complain(options->model, &error);
    count = element_count(&tensor);
    if (tensor.type != CORACLE_FLOAT32) memset(tensor.data, 0, tensor.byte_count);
    else
      for (place = 0; place < count; place++) ((float *)tensor.data)[place] = (float)(place * 37 % 101) * 0.02f - 1;
  }
  return 1;
}

static int measure(const options *options, loaded *loaded) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_memory memory = CORACLE_MEMORY_INIT;
  double *times = malloc(sizeof(double) * options->runs), start = seconds(), first, total = 0;
  uint32_t run;
  if (times == NULL) return 0;
  if (!fill_inputs(options, loaded) || coracle_session_prepare(loaded->session, &error) != CORACLE_OK) {
    free(times);
    return error.status == CORACLE_OK ? 0 : complain(options->model, &error);
  }
  loaded->prepare_seconds = seconds() - start;
  start = seconds();
  if (coracle_session_run(loaded->session, &error) != CORACLE_OK) {
    free(times);
    return complain(options->model, &error);
  }
  first = seconds() - start;
  for (run = 0; run < options->runs; run++) {
    start = seconds();
    if (coracle_session_run(loaded->session, &error) != CORACLE_OK) {
      free(times);
      return complain(options->model, &error);
    }
    times[run] = seconds() - start;
    total += times[run];
  }
  qsort(times, options->runs, sizeof(double), compare);
  coracle_session_memory(loaded->session, &memory, NULL);
  printf("%s: %s\n", options->model, coracle_build_description());
  printf("load %.2f ms, prepare %.2f ms, first run %.2f ms\n", loaded->load_seconds * 1e3, loaded->prepare_seconds * 1e3, first * 1e3);
  printf("%u runs: minimum %.3f ms, median %.3f, 90th percentile %.3f, mean %.3f\n", options->runs, times[0] * 1e3, times[options->runs / 2] * 1e3,
         times[options->runs * 9 / 10] * 1e3, total / options->runs * 1e3);
  printf("memory: arena %.2f MB, working space %.2f, packed weights %.2f, weights %.2f mapped; peak of the process %.1f\n", (double)memory.arena_bytes / 1e6,
         (double)memory.scratch_bytes / 1e6, (double)memory.packed_bytes / 1e6, (double)memory.weight_bytes / 1e6, peak_bytes() / 1e6);
  free(times);
  return 1;
}

int main(int count, char **arguments) {
  options options;
  loaded loaded;
  int is_sound;
  if (!read_options(count, arguments, usage, &options)) return 64;
  if (!load(&options, &loaded)) return 1;
  is_sound = measure(&options, &loaded);
  unload(&loaded);
  return is_sound ? 0 : 1;
}
