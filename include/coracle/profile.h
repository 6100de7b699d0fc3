/** @defgroup profile Profiles: the machine as data, which sizes the run */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORACLE_PROFILE_H
#define CORACLE_PROFILE_H

#include "callbacks.h"
#include "status.h"

CORACLE_EXTERN_C_BEGIN

/** @addtogroup profile
 *  @{ */

/** Instructions that a profile's cores have beyond their architecture's baseline; bits of coracle_profile.instructions. */
enum {
  CORACLE_INSTRUCTIONS_NEON = 1 << 0,    /**< Advanced SIMD: Armv8-A's, or Armv7-A's with VFPv4. */
  CORACLE_INSTRUCTIONS_DOTPROD = 1 << 1, /**< Armv8.2-A: products of 8-bit integers. */
  CORACLE_INSTRUCTIONS_FP16 = 1 << 2,    /**< Armv8.2-A: arithmetic on half-precision vectors. */
  CORACLE_INSTRUCTIONS_I8MM = 1 << 3,    /**< Armv8.6-A: matrix products of 8-bit integers. */
  CORACLE_INSTRUCTIONS_SVE = 1 << 4,     /**< Armv8.2-A: vectors whose length the processor sets. */
  CORACLE_INSTRUCTIONS_AVX2 = 1 << 8,    /**< x86-64 level 3: AVX2, FMA, BMI. */
  CORACLE_INSTRUCTIONS_AVX512 = 1 << 9,  /**< x86-64 level 4: AVX-512 F, BW, CD, DQ, VL. */
  CORACLE_INSTRUCTIONS_VNNI = 1 << 10    /**< AVX-512's products of 8-bit integers. */
};

/** Cores of one type, in a machine that may have several: big.LITTLE. */
typedef struct coracle_core_cluster {
  char type[24];            /**< NUL-terminated, such as "cortex-a72". */
  uint32_t core_count;      /**< Cores of the cluster. */
  uint32_t first_core;      /**< Number of its first core, as Linux counts them; the others follow. */
  uint32_t clock_megahertz; /**< At most. */
  uint32_t multiply_adds;   /**< float32 multiply-adds a cycle and core, at most. */
  uint64_t level1_bytes;    /**< Data cache of one core. */
  uint64_t level2_bytes;    /**< Second-level cache, the whole of it. */
  uint32_t level2_cores;    /**< Cores that share it. */
  uint32_t reserved;        /**< 0. */
} coracle_core_cluster;

/** The most clusters that a profile can have. */
#define CORACLE_MAX_CLUSTERS 4

/** What a run is sized by. Plain data: copy it, change it, pass it in the session options. Zero means "not known". */
typedef struct coracle_profile {
  uint32_t struct_size;      /**< sizeof(coracle_profile), set by CORACLE_PROFILE_INIT. */
  char name[60];             /**< NUL-terminated, such as "raspberry-pi-4". */
  uint32_t core_count;       /**< Cores that a run may use. */
  uint32_t thread_count;     /**< Threads of a session by default. */
  uint64_t level1_bytes;     /**< Data cache of one core of the fastest cluster. */
  uint64_t level2_bytes;     /**< Second-level cache of one such core, or its share. */
  uint64_t level3_bytes;     /**< Cache shared by the cores. */
  uint64_t memory_budget;    /**< Most bytes that a session may allocate; 0 = no limit. */
  char backends[64];         /**< Backend names in the order of preference, separated by commas; those that the library lacks are left out. */
  uint64_t memory_bytes;     /**< Memory of the machine. */
  uint64_t memory_bandwidth; /**< Bytes a second that all cores together read from memory at most. */
  uint32_t instructions;     /**< CORACLE_INSTRUCTIONS_ bits. */
  uint32_t tile_depth;       /**< Depth of a part of a matrix product, instead of what the first-level cache says; 0 = as it says. */
  uint32_t tile_rows;        /**< Rows of a task of a matrix product, instead of what the second-level cache says; 0 = as it says. */
  uint32_t cluster_count;    /**< Clusters that follow, at most CORACLE_MAX_CLUSTERS; 0 = not known. */
  coracle_core_cluster clusters[CORACLE_MAX_CLUSTERS]; /**< The fastest first. */
} coracle_profile;

/** A coracle_profile in which nothing is known. */
#define CORACLE_PROFILE_INIT {sizeof(coracle_profile), {0}, 0, 0, 0, 0, 0, 0, {0}, 0, 0, 0, 0, 0, 0, {{{0}, 0, 0, 0, 0, 0, 0, 0, 0}}}

/** The number of profiles that the library carries. Any thread. */
CORACLE_API size_t coracle_profile_count(void);

/** Copies the stock profile at `index` to `*profile`. Fails with CORACLE_INVALID_ARGUMENT. Any thread. */
CORACLE_API coracle_status coracle_profile_at(size_t index, coracle_profile *profile, coracle_error *error);

/** Copies the stock profile called `name` to `*profile`. Fails with CORACLE_NOT_FOUND. Any thread. */
CORACLE_API coracle_status coracle_profile_find(const char *name, coracle_profile *profile, coracle_error *error);

/** Reads the profile in the `size` bytes at `text`: JSON as edge-profiles/schema.json of the sources says, at most a megabyte. Fields that are
 *  not known are skipped, with a warning to `log`, which may be NULL. Fails with CORACLE_INVALID_ARGUMENT; the sentence names line and field.
 *  Any thread. */
CORACLE_API coracle_status coracle_profile_parse(const char *text, size_t size, coracle_log_function log, void *log_user_data,
                                                 coracle_profile *profile, coracle_error *error);

/** The same of a file. Fails with CORACLE_IO too. */
CORACLE_API coracle_status coracle_profile_load(const char *path, coracle_log_function log, void *log_user_data, coracle_profile *profile,
                                                coracle_error *error);

/** Describes the machine that this runs on, as its processor and operating system tell. Its bandwidth stays unknown. Any thread. */
CORACLE_API coracle_status coracle_profile_detect(coracle_profile *profile, coracle_error *error);

/** @} */

CORACLE_EXTERN_C_END

#endif
