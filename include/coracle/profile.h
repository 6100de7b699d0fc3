/* Hardware profiles: the machine as data, which sizes the run. SPDX-License-Identifier: Apache-2.0 */
#ifndef CORACLE_PROFILE_H
#define CORACLE_PROFILE_H

#include "callbacks.h"
#include "status.h"

CORACLE_EXTERN_C_BEGIN

/** What a run is sized by. Plain data: copy it, change it, pass it in the session options. Zero means "not known". */
typedef struct coracle_profile {
  uint32_t struct_size;      /**< sizeof(coracle_profile), set by CORACLE_PROFILE_INIT. */
  char name[60];             /**< NUL-terminated, such as "raspberry-pi-4". */
  uint32_t core_count;       /**< Cores that a run may use. */
  uint32_t thread_count;     /**< Threads of a session by default. */
  uint64_t level1_bytes;     /**< Data cache of one core. */
  uint64_t level2_bytes;     /**< Second-level cache of one core, or its share. */
  uint64_t level3_bytes;     /**< Cache shared by the cores. */
  uint64_t memory_budget;    /**< Most bytes that a session may allocate; 0 = no limit. */
  char backends[64];         /**< Backend names in the order of preference, separated by commas. */
} coracle_profile;

#define CORACLE_PROFILE_INIT {sizeof(coracle_profile), {0}, 0, 0, 0, 0, 0, 0, {0}}

/** The number of profiles that the library carries. Any thread. */
CORACLE_API size_t coracle_profile_count(void);

/** Copies the stock profile at `index` to `*profile`. Fails with CORACLE_INVALID_ARGUMENT. Any thread. */
CORACLE_API coracle_status coracle_profile_at(size_t index, coracle_profile *profile, coracle_error *error);

/** Copies the stock profile called `name` to `*profile`. Fails with CORACLE_NOT_FOUND. Any thread. */
CORACLE_API coracle_status coracle_profile_find(const char *name, coracle_profile *profile, coracle_error *error);

/** Describes the machine that this runs on (cores and caches as the operating system tells them). Any thread. */
CORACLE_API coracle_status coracle_profile_detect(coracle_profile *profile, coracle_error *error);

CORACLE_EXTERN_C_END

#endif
