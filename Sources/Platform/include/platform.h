/* Every call into the operating system and libm. Nothing above this layer includes a system header.
   SPDX-License-Identifier: Apache-2.0 */
#ifndef CORACLE_PLATFORM_H
#define CORACLE_PLATFORM_H

#include <math.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "vectors.h"

/* Memory */

/** `size` bytes aligned to `alignment` (a power of two), or NULL. */
void *platform_allocate(size_t size, size_t alignment);
void platform_deallocate(void *pointer);
static inline void platform_copy(void *to, const void *from, size_t bytes) { if (bytes) memmove(to, from, bytes); }
static inline void platform_fill(void *to, int byte, size_t bytes) { if (bytes) memset(to, byte, bytes); }

/** A FlatBuffers table without fields: a vtable of four bytes, then the table, which points back at it. */
static inline const void *platform_empty_table(void) {
  static const int32_t bytes[2] = {0x00040004, 4};
  return &bytes[1];
}

/* Files */

/** Maps a regular file read-only. Returns 0, or an errno value; `*data` is NULL for an empty file. */
int platform_map_file(const char *path, const void **data, size_t *size);
void platform_unmap_file(const void *data, size_t size);
/** Maps the pages of a part of a mapped file that begins with a page in one call, where the kernel has that (Linux 5.14), so that reading them is not
 *  interrupted for every few; it changes nothing else. */
void platform_map_pages(const void *data, size_t size);
/** Lets the pages that lie wholly in a part of a mapped file go from memory; they are read again where they are touched. */
void platform_forget(const void *data, size_t size);
/** A short text for an errno value, in `buffer`. */
void platform_error_text(int code, char *buffer, size_t size);

/* Machine */

uint64_t platform_nanoseconds(void);
/** Cores that this process may run on, at least 1. */
uint32_t platform_core_count(void);
/** Bytes of the data or unified cache of `level` (1 to 3) of the first core, of the second level its share; 0 where unknown. */
uint64_t platform_cache_bytes(int level);

/** Bytes of the machine's memory; 0 where unknown. */
uint64_t platform_memory_bytes(void);
/** The CORACLE_INSTRUCTIONS_ bits of this machine. */
uint32_t platform_instructions(void);
/* Where these take a `root`, it is "", or a folder with a copy of another machine's /sys and /proc. */
/** The machine's own name in lower-case letters, digits and '-', such as "raspberry-pi-4-model-b-rev-1-4"; empty where it has none. */
void platform_machine_name(const char *root, char *name, size_t size);

/** One core. */
struct platform_core {
  char type[24];          /* such as "cortex-a72", else implementer and part, "arm-51-802"; empty where unknown */
  uint32_t megahertz;     /* at most; 0 where unknown */
  uint32_t multiply_adds; /* float32 a cycle at most; 0 where unknown */
  uint32_t capacity;      /* Linux' measure of its speed, 1024 for the fastest of the machine; 0 where unknown */
  uint32_t level2_cores;  /* that share its second-level cache */
  uint64_t level1_bytes, level2_bytes, level3_bytes;
};
/** The number of the first core behind `after` that this process may run on (of a copy: that is there), or -1. */
int32_t platform_next_core(const char *root, int32_t after);
/** Describes core `index` as Linux numbers them. */
void platform_read_core(const char *root, uint32_t index, struct platform_core *core);

/** Sets of vector instructions that kernels are built for. */
enum { PLATFORM_AVX2 = 1, PLATFORM_AVX512 = 2, PLATFORM_NEON = 4, PLATFORM_FLOAT16 = 8 };
/** Those that this machine has, with all that goes with them (x86-64-v3, x86-64-v4, Armv8-A or Armv7-A with VFPv4, Armv8.2-A's FP16) and the operating
 *  system's leave. */
uint32_t platform_instruction_sets(void);

/* Kernels of one set each: sets of functions that the build compiled for it, as a `coracle_backend` that is written to `backend`. */
void coracle_tuned_avx2(void *backend);
void coracle_tuned_avx512(void *backend);
void coracle_tuned_neon(void *backend); /* of 32-bit ARM */
void coracle_tuned_float16(void *backend);

/* Atomics */

static inline uint32_t platform_atomic_add(uint32_t *value, uint32_t amount) { return __atomic_fetch_add(value, amount, __ATOMIC_ACQ_REL); }
static inline uint32_t platform_atomic_load(const uint32_t *value) { return __atomic_load_n(value, __ATOMIC_ACQUIRE); }
/** A lock that is held for long now and then: whoever waits gives its core away. 0 is open. */
static inline int platform_try_lock(uint32_t *lock) { return __atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE) == 0; }
void platform_yield(void);
static inline void platform_atomic_store(uint32_t *value, uint32_t to) { __atomic_store_n(value, to, __ATOMIC_RELEASE); }

/* A team of threads: the caller and thread_count - 1 workers. A body has as many parts. */

typedef struct platform_team platform_team;
/** One part of a body, where it runs. */
struct platform_team_part {
  platform_team *team;
  uint32_t index; /* 0 to thread_count - 1 */
  uint32_t phase; /* those that the part has behind it */
};
typedef void (*platform_team_body)(void *context, struct platform_team_part *part);

/** Bytes to allocate for a team, aligned to 64. */
size_t platform_team_bytes(uint32_t thread_count);
/** Cores 0 to 255, a bit each. */
struct platform_core_set {
  uint64_t bits[4];
};
/** Starts the workers of a team in `memory`, to stay on `cores` where some are named and the system allows it. Returns 0, or an errno value and
 *  nothing is left running. */
int platform_team_start(void *memory, uint32_t thread_count, struct platform_core_set cores, platform_team **team);
/** Ends the workers; the memory is the caller's again. NULL is allowed. */
void platform_team_stop(platform_team *team);
/** Runs the parts 0 to thread_count - 1 of `body`, each once, and returns when all have ended. The caller begins with part 0. A thread that has ended
 *  its part takes those that nobody has begun, so that a worker which the system does not let run is not waited for. No more threads take part than there
 *  are processors for each of the runs in progress. */
void platform_team_run(platform_team *team, platform_team_body body, void *context);
/** The next of tiles 0 to count - 1 of the part's phase, or `count` when all are handed out or the phase is over: first of the part's own share, which is
 *  the same part of the count in every body so that what its thread wrote before is in that one's cache, then of the others'. */
uint32_t platform_team_next(const struct platform_team_part *part, uint32_t count);
/** Says that a tile which platform_team_next() gave has ended. A phase is over with the last of its `count` tiles. */
void platform_team_end_tile(const struct platform_team_part *part, uint32_t count);
/** Waits until the part's phase is over; the next one is the part's then. Only tiles that have begun are waited for: a part that comes late passes
 *  phases which are over. */
void platform_team_end_phase(struct platform_team_part *part);
/** Counts the calling thread among the runs in progress of this process, which share the processors. */
void platform_begin_run(void);
void platform_end_run(void);

/* Mathematics. Builtins, so that a vector loop can see them. */

static inline float platform_exp(float x) { return expf(x); }
static inline float platform_log(float x) { return logf(x); }
static inline float platform_log1p(float x) { return log1pf(x); }
static inline float platform_expm1(float x) { return expm1f(x); }
static inline float platform_pow(float x, float y) { return powf(x, y); }
static inline float platform_sqrt(float x) { return __builtin_sqrtf(x); }
static inline float platform_sin(float x) { return sinf(x); }
static inline float platform_cos(float x) { return cosf(x); }
static inline float platform_tan(float x) { return tanf(x); }
static inline float platform_asin(float x) { return asinf(x); }
static inline float platform_acos(float x) { return acosf(x); }
static inline float platform_atan(float x) { return atanf(x); }
static inline float platform_atan2(float y, float x) { return atan2f(y, x); }
static inline float platform_sinh(float x) { return sinhf(x); }
static inline float platform_cosh(float x) { return coshf(x); }
static inline float platform_tanh(float x) { return tanhf(x); }
static inline float platform_asinh(float x) { return asinhf(x); }
static inline float platform_acosh(float x) { return acoshf(x); }
static inline float platform_atanh(float x) { return atanhf(x); }
static inline float platform_erf(float x) { return erff(x); }
static inline float platform_floor(float x) { return floorf(x); }
static inline float platform_ceil(float x) { return ceilf(x); }
static inline float platform_truncate(float x) { return truncf(x); }
static inline float platform_fmod(float x, float y) { return fmodf(x, y); }
/** Nearest, ties to even (the default rounding mode is never changed). */
static inline float platform_round_even(float x) { return rintf(x); }
/** Nearest, ties away from zero. */
static inline float platform_round_away(float x) { return roundf(x); }
static inline double platform_ceil_double(double x) { return ceil(x); }
static inline double platform_floor_double(double x) { return floor(x); }

/* OpenBLAS, where the build has it */

/** c[m, n] = alpha op(a) op(b) + beta c, row-major with leading dimensions, on the calling thread. Returns 0 where the build has no OpenBLAS. */
int platform_blas_gemm(int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a, int lda, const float *b, int ldb,
                       float beta, float *c, int ldc);
/** 1 where the build has OpenBLAS. */
int platform_has_blas(void);

#endif
