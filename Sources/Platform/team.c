/* A team of threads that share the operators of one session.
 * Workers spin briefly for the next body, because operators of a run follow each other within microseconds, then sleep.
 * SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "platform.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>

enum { SPINS_BEFORE_SLEEP = 2000 };

// At a barrier the other threads may wait for this one's processor: it is soon offered to them.
enum { SPINS_BEFORE_YIELD = 200 };

struct worker {
  struct platform_team *team;
  pthread_t thread;
  uint32_t index;
};

struct platform_team {
  uint32_t thread_count;
  platform_team_body body;
  void *context;
  _Alignas(64) uint32_t generation; /* counts bodies; a change starts one */
  _Alignas(64) uint32_t running;    /* workers still inside the body */
  _Alignas(64) uint32_t next;       /* what platform_team_next hands out */
  _Alignas(64) uint32_t phase;      /* counts barriers passed */
  uint32_t expected;                /* threads still in the body; guarded by barrier_lock, as is `waiting` */
  uint32_t waiting;
  int stopping;
  pthread_mutex_t lock, barrier_lock;
  pthread_cond_t start, finish;
  struct worker workers[];
};

static void pause_briefly(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
  __asm__ volatile("yield");
#endif
}

/* With barrier_lock held: lets everyone through once all that remain are waiting. */
static void open_barrier_if_complete(platform_team *team) {
  if (team->waiting == 0 || team->waiting < team->expected) return;
  team->waiting = 0;
  platform_atomic_store(&team->next, 0);
  __atomic_fetch_add(&team->phase, 1, __ATOMIC_RELEASE);
}

static void leave_body(platform_team *team) {
  pthread_mutex_lock(&team->barrier_lock);
  team->expected--;
  open_barrier_if_complete(team);
  pthread_mutex_unlock(&team->barrier_lock);
}

static void *work(void *argument) {
  struct worker *worker = argument;
  platform_team *team = worker->team;
  uint32_t seen = 0;
  for (;;) {
    uint32_t now, spins = 0;
    while ((now = platform_atomic_load(&team->generation)) == seen && spins++ < SPINS_BEFORE_SLEEP) pause_briefly();
    if (now == seen) {
      pthread_mutex_lock(&team->lock);
      while ((now = platform_atomic_load(&team->generation)) == seen) pthread_cond_wait(&team->start, &team->lock);
      pthread_mutex_unlock(&team->lock);
    }
    seen = now;
    if (team->stopping) return NULL;
    team->body(team->context, worker->index);
    leave_body(team);
    if (__atomic_sub_fetch(&team->running, 1, __ATOMIC_ACQ_REL) == 0) {
      pthread_mutex_lock(&team->lock);
      pthread_cond_signal(&team->finish);
      pthread_mutex_unlock(&team->lock);
    }
  }
}

static void start_generation(platform_team *team) {
  pthread_mutex_lock(&team->lock);
  __atomic_fetch_add(&team->generation, 1, __ATOMIC_ACQ_REL);
  pthread_cond_broadcast(&team->start);
  pthread_mutex_unlock(&team->lock);
}

size_t platform_team_bytes(uint32_t thread_count) {
  size_t bytes = sizeof(platform_team) + sizeof(struct worker) * (thread_count - 1);
  return (bytes + 63) / 64 * 64;
}

int platform_team_start(void *memory, uint32_t thread_count, platform_team **result) {
  platform_team *team = memory;
  uint32_t started;
  int code;
  memset(team, 0, platform_team_bytes(thread_count));
  team->thread_count = 1;
  if ((code = pthread_mutex_init(&team->lock, NULL)) != 0) return code;
  pthread_mutex_init(&team->barrier_lock, NULL);
  pthread_cond_init(&team->start, NULL);
  pthread_cond_init(&team->finish, NULL);
  for (started = 0; started + 1 < thread_count; started++) {
    struct worker *worker = &team->workers[started];
    worker->team = team;
    worker->index = started + 1;
    if ((code = pthread_create(&worker->thread, NULL, work, worker)) != 0) break;
    team->thread_count++;
  }
  if (code != 0) {
    platform_team_stop(team);
    return code;
  }
  *result = team;
  return 0;
}

void platform_team_stop(platform_team *team) {
  uint32_t index;
  if (team == NULL) return;
  team->stopping = 1;
  start_generation(team);
  for (index = 0; index + 1 < team->thread_count; index++) pthread_join(team->workers[index].thread, NULL);
  pthread_cond_destroy(&team->finish);
  pthread_cond_destroy(&team->start);
  pthread_mutex_destroy(&team->barrier_lock);
  pthread_mutex_destroy(&team->lock);
}

void platform_team_run(platform_team *team, platform_team_body body, void *context) {
  uint32_t spins = 0;
  team->body = body;
  team->context = context;
  team->next = 0;
  team->waiting = 0;
  team->expected = team->thread_count;
  platform_atomic_store(&team->running, team->thread_count - 1);
  if (team->thread_count > 1) start_generation(team);
  body(context, 0);
  leave_body(team);
  while (platform_atomic_load(&team->running) != 0 && spins++ < SPINS_BEFORE_SLEEP) pause_briefly();
  if (platform_atomic_load(&team->running) == 0) return;
  pthread_mutex_lock(&team->lock);
  while (platform_atomic_load(&team->running) != 0) pthread_cond_wait(&team->finish, &team->lock);
  pthread_mutex_unlock(&team->lock);
}

void platform_team_barrier(platform_team *team) {
  uint32_t phase = platform_atomic_load(&team->phase), spins = 0;
  if (team->thread_count == 1) {
    team->next = 0;
    return;
  }
  pthread_mutex_lock(&team->barrier_lock);
  team->waiting++;
  open_barrier_if_complete(team);
  pthread_mutex_unlock(&team->barrier_lock);
  while (platform_atomic_load(&team->phase) == phase)
    if (spins++ < SPINS_BEFORE_YIELD) pause_briefly();
    else sched_yield();
}

uint32_t platform_team_next(platform_team *team) { return platform_atomic_add(&team->next, 1); }
