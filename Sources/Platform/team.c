/* A team of threads that share the operators of one session.
 * A body has one part for each thread. Who is there first runs a part: a worker its own, and whoever has ended its part the parts of those that
 * have not come, so that nobody waits for a thread that the system does not let run. Only a part that has begun is waited for, and between the phases
 * of a body only who holds a tile.
 * Threads that wait spin first, because operators of a run follow each other within microseconds, then sleep: a thread that offers its processor instead
 * gets it back, where other programs compute, only after a time slice of theirs, of which there may be one for each step of a recurrent layer.
 * Between operators no thread takes a lock unless another sleeps. A body calls no more threads than there are processors, and the runs in progress share
 * those.
 * SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "placing.h"

#include <sched.h>

/* Longer than the parts of an operator differ, and a small part of a time slice. The clock is read so seldom that it costs nothing. */
enum { SPINNING_NANOSECONDS = 150000, PAUSES_BEFORE_CLOCK = 100 };

/* Runs in progress in this process, by which teams share the processors. */
static _Alignas(64) uint32_t run_count;

/* What belongs to one thread; the host's has index 0. */
struct member {
  _Alignas(64) uint64_t taken; /* the phase, above TILE_BITS, and how many tiles of this member's share of it are handed out */
  uint32_t begun;              /* the last generation whose part of this member somebody has begun */
  uint32_t sleeps;             /* whether the worker waits for a signal, changed under the lock */
  uint32_t barred;             /* what keeps the worker off the host's core until it begins a body: platform_keep_off(); changed under the lock */
  uint32_t index;
  struct platform_team *team;
  pthread_t thread;
};

struct platform_team {
  uint32_t thread_count;
  uint32_t processors; /* that the team could use when it started */
  platform_team_body body;
  void *context;
  _Alignas(64) uint32_t generation; /* counts bodies; a change starts one */
  uint32_t called;                  /* threads that the body calls, the host's and the first workers */
  uint32_t stopping;
  _Alignas(64) uint32_t running; /* parts of the body that have not ended */
  _Alignas(64) uint32_t phase;   /* of the body: those before it are over */
  _Alignas(64) uint32_t ended;   /* tiles of the phase that have ended */
  uint32_t waiting;              /* threads that sleep until others have ended a phase or part */
  uint32_t moved;                /* whether one of them has slept since the workers were placed, under the lock */
  pthread_mutex_t lock;
  pthread_cond_t start, finish;
  struct member members[];
};

enum { TILE_BITS = 32 };

static void pause_briefly(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
  __asm__ volatile("yield");
#endif
}

/* Waits until `*word` is no longer `value`, for a while: whether it has changed. */
static int wait_awake(const uint32_t *word, uint32_t value) {
  uint64_t start = 0;
  uint32_t turn;
  for (turn = 1; platform_atomic_load(word) == value; turn++) {
    pause_briefly();
    if (turn % PAUSES_BEFORE_CLOCK != 0) continue;
    if (start == 0) start = platform_nanoseconds();
    else if (platform_nanoseconds() - start > SPINNING_NANOSECONDS) return 0;
  }
  return 1;
}

/* Waits inside a body until `*word`, which those change who end something, is no longer `value`. */
static void wait_for_change(platform_team *team, const uint32_t *word, uint32_t value) {
  if (wait_awake(word, value)) return;
  pthread_mutex_lock(&team->lock);
  /* Counted before the last look: who changes the word looks at the count after that. */
  __atomic_fetch_add(&team->waiting, 1, __ATOMIC_SEQ_CST);
  while (__atomic_load_n(word, __ATOMIC_SEQ_CST) == value) pthread_cond_wait(&team->finish, &team->lock);
  __atomic_fetch_sub(&team->waiting, 1, __ATOMIC_SEQ_CST);
  platform_atomic_store(&team->moved, 1);
  pthread_mutex_unlock(&team->lock);
}

/* After such a change. */
static void wake_waiting(platform_team *team) {
  if (__atomic_load_n(&team->waiting, __ATOMIC_SEQ_CST) == 0) return;
  pthread_mutex_lock(&team->lock);
  pthread_cond_broadcast(&team->finish);
  pthread_mutex_unlock(&team->lock);
}

/* Hands out the tiles of `phase`. Who looks for tiles of another phase finds none. */
static void hand_out(platform_team *team, uint32_t phase) {
  uint32_t index;
  for (index = 0; index < team->thread_count; index++) {
    __atomic_store_n(&team->members[index].taken, (uint64_t)phase << TILE_BITS, __ATOMIC_RELEASE);
  }
}

/* Runs the part of `first` in the body of `generation`, then those of the others, as far as nobody has begun them.
 * All parts of a generation have begun before the next starts, so a thread that comes late finds none: it never sees a body that is over. */
static void run_parts(platform_team *team, uint32_t first, uint32_t generation) {
  uint32_t turn;
  for (turn = 0; turn < team->thread_count; turn++) {
    struct platform_team_part part = {team, (first + turn) % team->thread_count, 0};
    uint32_t *begun = &team->members[part.index].begun, before = generation - 1;
    if (platform_atomic_load(begun) != before) continue;
    if (!__atomic_compare_exchange_n(begun, &before, generation, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) continue;
    team->body(team->context, &part);
    __atomic_fetch_sub(&team->running, 1, __ATOMIC_SEQ_CST);
    wake_waiting(team);
  }
}

/* Whether a body behind the generation `seen` calls the worker, or the team's end does. */
static int is_called(const struct member *member, uint32_t seen) {
  const platform_team *team = member->team;
  if (__atomic_load_n(&team->generation, __ATOMIC_SEQ_CST) == seen) return 0;
  return member->index < __atomic_load_n(&team->called, __ATOMIC_SEQ_CST) || platform_atomic_load(&team->stopping) != 0;
}

static void *work(void *argument) {
  struct member *member = argument;
  platform_team *team = member->team;
  uint32_t seen = 0;
  for (;;) {
    uint32_t generation;
    /* A worker without a processor of its own takes nobody's time. */
    if (member->index < platform_atomic_load(&team->called)) wait_awake(&team->generation, seen);
    if (!is_called(member, seen) || platform_atomic_load(&member->barred) != 0) {
      pthread_mutex_lock(&team->lock);
      /* Set before the last look: who starts a body looks at it after that. */
      __atomic_exchange_n(&member->sleeps, 1, __ATOMIC_SEQ_CST);
      while (!is_called(member, seen)) pthread_cond_wait(&team->start, &team->lock);
      __atomic_store_n(&member->sleeps, 0, __ATOMIC_SEQ_CST);
      platform_let_go(&member->barred);
      pthread_mutex_unlock(&team->lock);
    }
    /* In this order: the team's end, which counts as a generation, is none to be run, and a body that does not call this worker is not begun by it. */
    generation = platform_atomic_load(&team->generation);
    if (platform_atomic_load(&team->stopping) != 0) return NULL;
    if (member->index >= platform_atomic_load(&team->called)) continue;
    seen = generation;
    run_parts(team, member->index, seen);
  }
}

/* Starts a body that calls `called` threads. */
static void start_generation(platform_team *team, uint32_t called) {
  uint32_t index, core;
  int are_awake = platform_atomic_load(&team->moved) == 0;
  __atomic_store_n(&team->called, called, __ATOMIC_SEQ_CST);
  __atomic_fetch_add(&team->generation, 1, __ATOMIC_SEQ_CST);
  for (index = 1; index < called && are_awake; index++) are_awake = __atomic_load_n(&team->members[index].sleeps, __ATOMIC_SEQ_CST) == 0;
  if (are_awake || called == 1) return;
  core = (uint32_t)sched_getcpu();
  pthread_mutex_lock(&team->lock);
  for (index = 1; index < called; index++) {
    /* A thread that has slept inside a body may be anywhere, the host's with a worker that is awake. */
    struct member *member = &team->members[index];
    if (member->sleeps != 0 || team->moved != 0) platform_keep_off(member->thread, core, &member->barred);
  }
  platform_atomic_store(&team->moved, 0);
  pthread_cond_broadcast(&team->start);
  pthread_mutex_unlock(&team->lock);
}

size_t platform_team_bytes(uint32_t thread_count) {
  size_t bytes = sizeof(platform_team) + sizeof(struct member) * thread_count;
  return (bytes + 63) / 64 * 64;
}

int platform_team_start(void *memory, uint32_t thread_count, struct platform_core_set cores, platform_team **result) {
  platform_team *team = memory;
  const uint32_t core = (uint32_t)sched_getcpu();
  uint32_t started;
  int code;
  memset(team, 0, platform_team_bytes(thread_count));
  team->thread_count = 1;
  if ((code = pthread_mutex_init(&team->lock, NULL)) != 0) return code;
  pthread_cond_init(&team->start, NULL);
  pthread_cond_init(&team->finish, NULL);
  /* Workers begin with the lock. */
  pthread_mutex_lock(&team->lock);
  for (started = 0; started + 1 < thread_count; started++) {
    struct member *member = &team->members[started + 1];
    member->team = team;
    member->index = started + 1;
    if ((code = pthread_create(&member->thread, NULL, work, member)) != 0) break;
    platform_stay_on(member->thread, &cores);
    if (started == 0) team->processors = platform_processor_count(member->thread);
    platform_keep_off(member->thread, core, &member->barred);
    team->thread_count++;
  }
  pthread_mutex_unlock(&team->lock);
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
  pthread_mutex_lock(&team->lock);
  platform_atomic_store(&team->stopping, 1);
  __atomic_fetch_add(&team->generation, 1, __ATOMIC_SEQ_CST);
  pthread_cond_broadcast(&team->start);
  pthread_mutex_unlock(&team->lock);
  for (index = 1; index < team->thread_count; index++) pthread_join(team->members[index].thread, NULL);
  pthread_cond_destroy(&team->finish);
  pthread_cond_destroy(&team->start);
  pthread_mutex_destroy(&team->lock);
}

void platform_begin_run(void) { __atomic_fetch_add(&run_count, 1, __ATOMIC_RELAXED); }

void platform_end_run(void) { __atomic_fetch_sub(&run_count, 1, __ATOMIC_RELAXED); }

/* The threads for which there are processors, at least the host's. */
static uint32_t threads_to_call(const platform_team *team) {
  const uint32_t runs = __atomic_load_n(&run_count, __ATOMIC_RELAXED), share = team->processors / (runs > 1 ? runs : 1);
  return share < 1 ? 1 : share < team->thread_count ? share : team->thread_count;
}

void platform_team_run(platform_team *team, platform_team_body body, void *context) {
  uint32_t left;
  team->body = body;
  team->context = context;
  team->phase = 0;
  team->ended = 0;
  hand_out(team, 0);
  platform_atomic_store(&team->running, team->thread_count);
  start_generation(team, threads_to_call(team));
  run_parts(team, 0, team->generation);
  while ((left = platform_atomic_load(&team->running)) != 0) wait_for_change(team, &team->running, left);
}

uint32_t platform_team_next(const struct platform_team_part *part, uint32_t count) {
  platform_team *team = part->team;
  uint32_t turn;
  for (turn = 0; turn < team->thread_count; turn++) {
    const uint64_t owner = (part->index + turn) % team->thread_count;
    const uint32_t begin = (uint32_t)(count * owner / team->thread_count), end = (uint32_t)(count * (owner + 1) / team->thread_count);
    uint64_t *taken = &team->members[owner].taken, old = __atomic_load_n(taken, __ATOMIC_ACQUIRE);
    while ((uint32_t)(old >> TILE_BITS) == part->phase && (uint32_t)old < end - begin) {
      if (__atomic_compare_exchange_n(taken, &old, old + 1, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) return begin + (uint32_t)old;
    }
  }
  return count;
}

void platform_team_end_tile(const struct platform_team_part *part, uint32_t count) {
  platform_team *team = part->team;
  if (__atomic_add_fetch(&team->ended, 1, __ATOMIC_ACQ_REL) != count) return;
  team->ended = 0;
  hand_out(team, part->phase + 1);
  /* Like the other words that change before a look at who sleeps, by an operation that no load behind it passes on any machine or emulator. */
  __atomic_fetch_add(&team->phase, 1, __ATOMIC_SEQ_CST);
  wake_waiting(team);
}

void platform_team_end_phase(struct platform_team_part *part) {
  while (platform_atomic_load(&part->team->phase) == part->phase) wait_for_change(part->team, &part->team->phase, part->phase);
  part->phase++;
}
