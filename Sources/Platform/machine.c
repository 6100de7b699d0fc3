/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "platform.h"

#include <sched.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

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

void platform_yield(void) { sched_yield(); }

#if defined(__x86_64__)
/* Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, CPUID; the groups are those of the x86-64 psABI's levels 3 and 4. */
uint32_t platform_instruction_sets(void) {
  enum { FMA = 1 << 12, MOVBE = 1 << 22, OSXSAVE = 1 << 27, F16C = 1 << 29 };                         /* leaf 1, ecx */
  enum { BMI1 = 1 << 3, AVX2 = 1 << 5, BMI2 = 1 << 8 };                                                /* leaf 7, ebx */
  const uint32_t avx512 = 1u << 16 | 1u << 17 | 1u << 28 | 1u << 30 | 1u << 31;                        /* F, DQ, CD, BW, VL */
  enum { LZCNT = 1 << 5 };                                                                             /* leaf 0x80000001, ecx */
  const uint32_t first = FMA | MOVBE | OSXSAVE | F16C, second = BMI1 | AVX2 | BMI2;
  uint32_t a, b, c, d, states, high;
  if (!__get_cpuid(1, &a, &b, &c, &d) || (c & first) != first) return 0;
  __asm__("xgetbv" : "=a"(states), "=d"(high) : "c"(0));
  if ((states & 6) != 6) return 0;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || (b & second) != second) return 0;
  uint32_t seventh = b;
  if (!__get_cpuid(0x80000001, &a, &b, &c, &d) || (c & LZCNT) == 0) return 0;
  return PLATFORM_AVX2 | ((seventh & avx512) == avx512 && (states & 0xE0) == 0xE0 ? PLATFORM_AVX512 : 0);
}
#elif defined(__aarch64__)
uint32_t platform_instruction_sets(void) { return PLATFORM_NEON; }
#else
uint32_t platform_instruction_sets(void) { return 0; }
#endif

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
