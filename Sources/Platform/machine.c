/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "platform.h"

#include <sched.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

uint64_t platform_nanoseconds(void) {
  struct timespec now = {0, 0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint32_t platform_core_count(void) {
  long count;
#ifdef CPU_COUNT
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) return (uint32_t)CPU_COUNT(&set);
#endif
  count = sysconf(_SC_NPROCESSORS_ONLN);
  return count > 0 ? (uint32_t)count : 1;
}

/* One value of /sys/devices/system/cpu/cpu0/cache/index<index>; 0 where it cannot be read. */
static int read_cache_field(int index, const char *field, char *text, int size) {
  char path[96];
  FILE *file;
  int found;
  snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/%s", index, field);
  file = fopen(path, "re");
  if (file == NULL) return 0;
  found = fgets(text, size, file) != NULL;
  fclose(file);
  return found;
}

uint64_t platform_cache_bytes(int level) {
  int index;
  for (index = 0; index < 8; index++) {
    char text[32];
    int found = 0;
    unsigned long amount = 0;
    char unit = 0;
    if (!read_cache_field(index, "level", text, sizeof text)) return 0;
    if (sscanf(text, "%d", &found) != 1 || found != level) continue;
    if (!read_cache_field(index, "type", text, sizeof text) || text[0] == 'I') continue;
    if (!read_cache_field(index, "size", text, sizeof text)) continue;
    if (sscanf(text, "%lu%c", &amount, &unit) < 1) continue;
    return (uint64_t)amount * (unit == 'K' ? 1024u : unit == 'M' ? 1048576u : 1u);
  }
  return 0;
}
