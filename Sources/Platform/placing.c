/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "placing.h"

#include <sched.h>

void platform_stay_on(pthread_t thread, const struct platform_core_set *cores) {
  cpu_set_t set;
  int core;
  CPU_ZERO(&set);
  for (core = 0; core < 256 && core < CPU_SETSIZE; core++) {
    if (cores->bits[core / 64] >> core % 64 & 1) CPU_SET(core, &set);
  }
  if (CPU_COUNT(&set) > 0) pthread_setaffinity_np(thread, sizeof set, &set);
}

void platform_keep_off(pthread_t thread, uint32_t core, uint32_t *barred) {
  uint32_t now = 0;
  cpu_set_t set;
  if (pthread_getaffinity_np(thread, sizeof set, &set) != 0) return;
  if (*barred != 0) CPU_SET(*barred - 1, &set);
  if (CPU_ISSET(core, &set) && CPU_COUNT(&set) > 1) {
    CPU_CLR(core, &set);
    now = core + 1;
  }
  if (pthread_setaffinity_np(thread, sizeof set, &set) == 0) platform_atomic_store(barred, now);
}

void platform_let_go(uint32_t *barred) {
  cpu_set_t set;
  if (*barred == 0) return;
  if (pthread_getaffinity_np(pthread_self(), sizeof set, &set) == 0) {
    CPU_SET(*barred - 1, &set);
    pthread_setaffinity_np(pthread_self(), sizeof set, &set);
  }
  platform_atomic_store(barred, 0);
}

uint32_t platform_processor_count(pthread_t other) {
  cpu_set_t own, others;
  if (sched_getaffinity(0, sizeof own, &own) != 0 || pthread_getaffinity_np(other, sizeof others, &others) != 0) return platform_core_count();
  CPU_OR(&own, &own, &others);
  return (uint32_t)CPU_COUNT(&own);
}
