/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "platform.h"

#include <sched.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <cpuid.h>
#elif (defined(__aarch64__) || defined(__arm__)) && defined(__linux__)
#include <sys/auxv.h>
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
/* Linux' arch/arm64/include/uapi/asm/hwcap.h: FPHP 9, ASIMDHP 10. */
uint32_t platform_instruction_sets(void) {
#if defined(__linux__)
  const unsigned long half = 1ul << 9 | 1ul << 10;
  if ((getauxval(AT_HWCAP) & half) == half) return PLATFORM_NEON | PLATFORM_FLOAT16;
#endif
  return PLATFORM_NEON;
}
#elif defined(__arm__) && defined(__linux__)
/* Linux' arch/arm/include/uapi/asm/hwcap.h: NEON 12, VFPv4 16. */
uint32_t platform_instruction_sets(void) {
  const unsigned long needed = 1ul << 12 | 1ul << 16;
  return (getauxval(AT_HWCAP) & needed) == needed ? PLATFORM_NEON : 0;
}
#else
uint32_t platform_instruction_sets(void) { return 0; }
#endif
