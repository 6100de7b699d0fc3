/* Teams of threads under schedules that a quiet machine seldom has: before each atomic operation by which they order themselves a thread may lose its
 * processor for a while. The team's own source is compiled in, with such stops.
 * Each body and each phase must run whole and once, and every team must end. SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "placing.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "watchdog.h"

enum { ONE_STOP_IN = 24, LONGEST_STOP_NANOSECONDS = 120000, SEED = 20 };

static int stop_now_and_then(void) {
  static __thread uint32_t state;
  static uint32_t threads;
  struct timespec time = {0, 0};
  if (state == 0) state = SEED + 0x9E3779B9u * __atomic_add_fetch(&threads, 1, __ATOMIC_RELAXED);
  /* Marsaglia, Xorshift RNGs, Journal of Statistical Software 8(14), 2003. */
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  if (state % ONE_STOP_IN != 0) return 0;
  time.tv_nsec = state / ONE_STOP_IN % LONGEST_STOP_NANOSECONDS;
  return nanosleep(&time, NULL);
}

#define STOP(operation) (stop_now_and_then(), operation)
#define __atomic_load_n(...) STOP(__atomic_load_n(__VA_ARGS__))
#define __atomic_store_n(...) STOP(__atomic_store_n(__VA_ARGS__))
#define __atomic_fetch_add(...) STOP(__atomic_fetch_add(__VA_ARGS__))
#define __atomic_fetch_sub(...) STOP(__atomic_fetch_sub(__VA_ARGS__))
#define __atomic_add_fetch(...) STOP(__atomic_add_fetch(__VA_ARGS__))
#define __atomic_exchange_n(...) STOP(__atomic_exchange_n(__VA_ARGS__))
#define __atomic_compare_exchange_n(...) STOP(__atomic_compare_exchange_n(__VA_ARGS__))
#define platform_atomic_load(...) STOP(platform_atomic_load(__VA_ARGS__))
#define platform_atomic_store(...) STOP(platform_atomic_store(__VA_ARGS__))
#include "team.c"
#undef __atomic_load_n
#undef __atomic_add_fetch

enum { MOST_THREADS = 4, MOST_PHASES = 4, MOST_TILES = 5, MOST_BODIES = 4 };

/* What one body has done. */
typedef struct work_done {
  uint32_t phases, tiles[MOST_PHASES];
  uint32_t ended[MOST_PHASES]; /* tiles */
  uint32_t parts, loose, early;
} work_done;

/* Phases, then tiles that nobody waits for. */
static void run_all(void *context, struct platform_team_part *given) {
  work_done *done = context;
  struct platform_team_part part = *given;
  uint32_t phase, tile;
  for (phase = 0; phase < done->phases; phase++) {
    const uint32_t count = done->tiles[phase];
    while ((tile = platform_team_next(&part, count)) < count) {
      if (phase > 0 && __atomic_load_n(&done->ended[phase - 1], __ATOMIC_ACQUIRE) != done->tiles[phase - 1]) platform_atomic_add(&done->early, 1);
      platform_atomic_add(&done->ended[phase], 1);
      platform_team_end_tile(&part, count);
    }
    platform_team_end_phase(&part);
    if (__atomic_load_n(&done->ended[phase], __ATOMIC_ACQUIRE) != count) platform_atomic_add(&done->early, 1);
  }
  while (platform_team_next(&part, MOST_TILES) < MOST_TILES) platform_atomic_add(&done->loose, 1);
  platform_atomic_add(&done->parts, 1);
}

/* Whether teams of `thread_count` with `bodies` bodies, which all differ, do what they should. */
static int use_team(uint32_t thread_count, uint32_t bodies, uint32_t *number) {
  const struct platform_core_set any = {{0}};
  void *memory = aligned_alloc(64, platform_team_bytes(thread_count));
  platform_team *team = NULL;
  int failures = memory == NULL || platform_team_start(memory, thread_count, any, &team) != 0;
  /* Every second team takes more processors for its own than there may be. */
  if (failures == 0 && bodies % 2 == 0) team->processors = thread_count;
  for (; failures == 0 && bodies > 0; bodies--) {
    /* Static: a part that begins too late finds it changed. */
    static work_done done;
    const work_done nothing = {0, {0}, {0}, 0, 0, 0};
    uint32_t phase;
    done = nothing;
    done.phases = *number % (MOST_PHASES + 1);
    for (phase = 0; phase < done.phases; phase++) done.tiles[phase] = 1 + (*number / 3 + 2 * phase) % MOST_TILES;
    platform_begin_run();
    platform_team_run(team, run_all, &done);
    platform_end_run();
    for (phase = 0; phase < done.phases; phase++) failures += done.ended[phase] != done.tiles[phase];
    failures += done.parts != thread_count || done.loose != MOST_TILES || done.early != 0;
    if (failures > 0)
      fprintf(stderr, "body %u of a team of %u: %u parts, %u loose tiles, %u things too early\n", (unsigned)*number, (unsigned)thread_count,
              (unsigned)done.parts, (unsigned)done.loose, (unsigned)done.early);
    ++*number;
  }
  platform_team_stop(team);
  free(memory);
  return failures;
}

int main(int count, char **arguments) {
  const int teams = count > 1 ? atoi(arguments[1]) : 2000;
  uint32_t number = 0;
  int team, failed = 0;
  for (team = 0; team < teams; team++) {
    watchdog_watch("a team");
    failed += use_team(1 + (uint32_t)team % MOST_THREADS, (uint32_t)team / MOST_THREADS % (MOST_BODIES + 1), &number) != 0;
  }
  printf("%d passed, %d failed\n", teams - failed, failed);
  return failed > 0;
}
