/* A team of threads that share the operators of one session.
 * A body has one part for each thread. Who is there first runs a part: a worker its own, and whoever has ended its part the parts of those that
 * have not come, so that nobody waits for a thread that the system does not let run. Only a part that has begun is waited for.
 * Threads that wait spin first, because operators of a run follow each other within microseconds, then offer their processor, then sleep.
 * Between operators no thread takes a lock unless another sleeps.
 * SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "platform.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SPINS_BEFORE_YIELD = 500, YIELDS_BEFORE_SLEEP = 300 };

/* What belongs to one thread; the host's has index 0. */
struct member {
  _Alignas(64) uint32_t taken; /* tiles of this member's share that are handed out */
  uint32_t begun;              /* the last generation whose part of this member somebody has begun */
  uint32_t index;
  struct platform_team *team;
  pthread_t thread;
  pid_t task; /* what the system calls the thread, and the core on which it began, under the lock */
  int core;
};

struct platform_team {
  uint32_t thread_count;
  struct platform_core_set cores;
  platform_team_body body;
  void *context;
  _Alignas(64) uint32_t generation; /* counts bodies; a change starts one */
  _Alignas(64) uint32_t running;    /* parts of the body that have not ended */
  _Alignas(64) uint32_t phase;      /* counts barriers passed */
  _Alignas(64) uint32_t barrier;    /* parts that have not ended, below; those that wait at the body's barrier, above BARRIER_SHIFT */
  uint32_t arrived;                 /* workers that have started, under the lock */
  uint32_t sleepers;                /* workers that sleep until a body starts */
  uint32_t sleeping_host;           /* whether the host's thread sleeps until the body has ended */
  int stopping;
  pthread_mutex_t lock;
  pthread_cond_t start, finish;
  struct member members[];
};

enum { BARRIER_SHIFT = 16, BARRIER_MASK = (1 << BARRIER_SHIFT) - 1 };

static void pause_briefly(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
  __asm__ volatile("yield");
#endif
}

/* Waits until `*word` is no longer `value`, for a while: whether it has changed. */
static int wait_awake(const uint32_t *word, uint32_t value) {
  uint32_t turn;
  for (turn = 0; turn < SPINS_BEFORE_YIELD; turn++) {
    if (platform_atomic_load(word) != value) return 1;
    pause_briefly();
  }
  for (turn = 0; turn < YIELDS_BEFORE_SLEEP; turn++) {
    if (platform_atomic_load(word) != value) return 1;
    sched_yield();
  }
  return 0;
}

static void hand_out_anew(platform_team *team) {
  uint32_t index;
  for (index = 0; index < team->thread_count; index++) platform_atomic_store(&team->members[index].taken, 0);
}

/* Adds one to the parts that wait at the barrier, or takes one from those that have not ended; lets everyone through once all that remain wait. */
static void change_barrier(platform_team *team, int arrives) {
  uint32_t old = __atomic_load_n(&team->barrier, __ATOMIC_ACQUIRE), changed;
  int opens;
  do {
    const uint32_t present = (old & BARRIER_MASK) - (arrives ? 0 : 1), waiting = (old >> BARRIER_SHIFT) + (arrives ? 1 : 0);
    opens = waiting > 0 && waiting >= present;
    changed = present | (opens ? 0 : waiting << BARRIER_SHIFT);
  } while (!__atomic_compare_exchange_n(&team->barrier, &old, changed, 1, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
  if (!opens) return;
  hand_out_anew(team);
  __atomic_fetch_add(&team->phase, 1, __ATOMIC_RELEASE);
}

/* Runs the part of `first` in the body of `generation`, then those of the others, as far as nobody has begun them.
 * All parts of a generation have begun before the next starts, so a thread that comes late finds none: it never sees a body that is over.
 * A part that waits at a barrier is not overtaken: no thread passes the barrier, nor ends its own part behind it, before all have begun. */
static void run_parts(platform_team *team, uint32_t first, uint32_t generation) {
  uint32_t turn;
  for (turn = 0; turn < team->thread_count; turn++) {
    const uint32_t index = (first + turn) % team->thread_count;
    uint32_t before = generation - 1;
    if (platform_atomic_load(&team->members[index].begun) != before) continue;
    if (!__atomic_compare_exchange_n(&team->members[index].begun, &before, generation, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) continue;
    team->body(team->context, index);
    change_barrier(team, 0);
    if (__atomic_sub_fetch(&team->running, 1, __ATOMIC_SEQ_CST) == 0 && __atomic_load_n(&team->sleeping_host, __ATOMIC_SEQ_CST) != 0) {
      pthread_mutex_lock(&team->lock);
      pthread_cond_signal(&team->finish);
      pthread_mutex_unlock(&team->lock);
    }
  }
}

/* Keeps the calling thread on `cores`, if there are some; what the system refuses is left as it is. */
static void stay_on(const struct platform_core_set *cores) {
  cpu_set_t set;
  int core;
  CPU_ZERO(&set);
  for (core = 0; core < 256 && core < CPU_SETSIZE; core++) {
    if (cores->bits[core / 64] >> core % 64 & 1) CPU_SET(core, &set);
  }
  if (CPU_COUNT(&set) > 0) sched_setaffinity(0, sizeof set, &set);
}

static void *work(void *argument) {
  struct member *member = argument;
  platform_team *team = member->team;
  uint32_t seen = 0;
  stay_on(&team->cores);
  pthread_mutex_lock(&team->lock);
  member->task = (pid_t)syscall(SYS_gettid);
  member->core = sched_getcpu();
  team->arrived++;
  pthread_cond_signal(&team->finish);
  pthread_mutex_unlock(&team->lock);
  for (;;) {
    if (!wait_awake(&team->generation, seen)) {
      pthread_mutex_lock(&team->lock);
      /* Counted before the last look: who starts a body looks at the count after that. */
      __atomic_fetch_add(&team->sleepers, 1, __ATOMIC_SEQ_CST);
      while (__atomic_load_n(&team->generation, __ATOMIC_SEQ_CST) == seen) pthread_cond_wait(&team->start, &team->lock);
      __atomic_fetch_sub(&team->sleepers, 1, __ATOMIC_SEQ_CST);
      pthread_mutex_unlock(&team->lock);
    }
    seen = platform_atomic_load(&team->generation);
    if (team->stopping) return NULL;
    run_parts(team, member->index, seen);
  }
}

/* Moves workers that began on the core of the host's thread or of another worker to cores of their own, as far as there are some that they may run on. A
 * new thread begins on its creator's core where the system takes the others to be busy, as a virtual machine's kernel does of cores that sleep, and
 * stays there until a clock tick finds two threads on one core: longer than many a run. Where they may run is as before. Under the lock. */
static void spread(platform_team *team) {
  uint32_t index;
  cpu_set_t occupied, allowed, target;
  CPU_ZERO(&occupied);
  CPU_SET(sched_getcpu(), &occupied);
  for (index = 1; index < team->thread_count; index++) {
    struct member *member = &team->members[index];
    if (CPU_ISSET(member->core, &occupied) && sched_getaffinity(member->task, sizeof allowed, &allowed) == 0) {
      int core = 0;
      while (core < CPU_SETSIZE && (!CPU_ISSET(core, &allowed) || CPU_ISSET(core, &occupied))) core++;
      CPU_ZERO(&target);
      CPU_SET(core, &target);
      if (core < CPU_SETSIZE && sched_setaffinity(member->task, sizeof target, &target) == 0) {
        sched_setaffinity(member->task, sizeof allowed, &allowed);
        member->core = core;
      }
    }
    CPU_SET(member->core, &occupied);
  }
}

static void start_generation(platform_team *team) {
  __atomic_fetch_add(&team->generation, 1, __ATOMIC_SEQ_CST);
  if (__atomic_load_n(&team->sleepers, __ATOMIC_SEQ_CST) == 0) return;
  pthread_mutex_lock(&team->lock);
  pthread_cond_broadcast(&team->start);
  pthread_mutex_unlock(&team->lock);
}

size_t platform_team_bytes(uint32_t thread_count) {
  size_t bytes = sizeof(platform_team) + sizeof(struct member) * thread_count;
  return (bytes + 63) / 64 * 64;
}

int platform_team_start(void *memory, uint32_t thread_count, struct platform_core_set cores, platform_team **result) {
  platform_team *team = memory;
  uint32_t started;
  int code;
  memset(team, 0, platform_team_bytes(thread_count));
  team->thread_count = 1;
  team->cores = cores;
  if ((code = pthread_mutex_init(&team->lock, NULL)) != 0) return code;
  pthread_cond_init(&team->start, NULL);
  pthread_cond_init(&team->finish, NULL);
  for (started = 0; started + 1 < thread_count; started++) {
    struct member *member = &team->members[started + 1];
    member->team = team;
    member->index = started + 1;
    if ((code = pthread_create(&member->thread, NULL, work, member)) != 0) break;
    team->thread_count++;
  }
  if (code != 0) {
    platform_team_stop(team);
    return code;
  }
  /* Meanwhile this thread sleeps, so that a worker which began on its core can run. */
  pthread_mutex_lock(&team->lock);
  while (team->arrived + 1 < team->thread_count) pthread_cond_wait(&team->finish, &team->lock);
  spread(team);
  pthread_mutex_unlock(&team->lock);
  *result = team;
  return 0;
}

void platform_team_stop(platform_team *team) {
  uint32_t index;
  if (team == NULL) return;
  team->stopping = 1;
  start_generation(team);
  for (index = 1; index < team->thread_count; index++) pthread_join(team->members[index].thread, NULL);
  pthread_cond_destroy(&team->finish);
  pthread_cond_destroy(&team->start);
  pthread_mutex_destroy(&team->lock);
}

void platform_team_run(platform_team *team, platform_team_body body, void *context) {
  uint32_t left;
  team->body = body;
  team->context = context;
  hand_out_anew(team);
  team->barrier = team->thread_count;
  platform_atomic_store(&team->running, team->thread_count);
  start_generation(team);
  run_parts(team, 0, team->generation);
  while ((left = platform_atomic_load(&team->running)) != 0) {
    if (wait_awake(&team->running, left)) continue;
    pthread_mutex_lock(&team->lock);
    __atomic_store_n(&team->sleeping_host, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&team->running, __ATOMIC_SEQ_CST) != 0) pthread_cond_wait(&team->finish, &team->lock);
    __atomic_store_n(&team->sleeping_host, 0, __ATOMIC_SEQ_CST);
    pthread_mutex_unlock(&team->lock);
  }
}

void platform_team_barrier(platform_team *team) {
  const uint32_t phase = platform_atomic_load(&team->phase);
  if (team->thread_count == 1) {
    hand_out_anew(team);
    return;
  }
  change_barrier(team, 1);
  while (!wait_awake(&team->phase, phase)) continue;
}

uint32_t platform_team_next(platform_team *team, uint32_t thread, uint32_t count) {
  uint32_t turn;
  for (turn = 0; turn < team->thread_count; turn++) {
    const uint64_t owner = (thread + turn) % team->thread_count;
    const uint32_t begin = (uint32_t)(count * owner / team->thread_count), end = (uint32_t)(count * (owner + 1) / team->thread_count);
    uint32_t *taken = &team->members[owner].taken;
    if (platform_atomic_load(taken) < end - begin) {
      const uint32_t tile = platform_atomic_add(taken, 1);
      if (tile < end - begin) return begin + tile;
    }
  }
  return count;
}
