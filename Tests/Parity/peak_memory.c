/* Opens a model, runs it once on zeros and prints weights, arena, scratch and the process's peak memory in bytes: peak_memory MODEL
 * SPDX-License-Identifier: Apache-2.0 */
#include <coracle/coracle.h>

#include <stdio.h>

/* VmHWM, from /proc; 0 where it is not told. */
static unsigned long long peak_bytes(void) {
  char line[256];
  unsigned long long kilobytes = 0;
  FILE *file = fopen("/proc/self/status", "r");
  if (file == NULL) return 0;
  while (fgets(line, sizeof line, file) != NULL)
    if (sscanf(line, "VmHWM: %llu", &kilobytes) == 1) break;
  fclose(file);
  return kilobytes * 1024;
}

int main(int count, char **arguments) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_session_options options = CORACLE_SESSION_OPTIONS_INIT;
  coracle_memory memory = CORACLE_MEMORY_INIT;
  coracle_model *model = NULL;
  coracle_session *session = NULL;
  options.thread_count = 1;
  if (count != 2 || coracle_model_open_file(arguments[1], NULL, &model, &error) != CORACLE_OK ||
      coracle_session_create(model, &options, &session, &error) != CORACLE_OK ||
      coracle_session_memory(session, &memory, &error) != CORACLE_OK || coracle_session_run(session, &error) != CORACLE_OK) {
    fprintf(stderr, "%s: %s\n", coracle_status_name(error.status), error.message);
    return 1;
  }
  printf("%llu %llu %llu %llu\n", (unsigned long long)memory.weight_bytes, (unsigned long long)memory.arena_bytes,
         (unsigned long long)memory.scratch_bytes, peak_bytes());
  coracle_session_destroy(session);
  coracle_model_destroy(model);
  return 0;
}
