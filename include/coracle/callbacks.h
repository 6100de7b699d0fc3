/** @defgroup callbacks Callbacks: what the library asks of its host, such as memory, a log, a word on cancelling */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORACLE_CALLBACKS_H
#define CORACLE_CALLBACKS_H

#include "export.h"

CORACLE_EXTERN_C_BEGIN

/** @addtogroup callbacks
 *  @{ */

/** Where all heap memory of a model or a session comes from. Without one, malloc's aligned relative serves. */
typedef struct coracle_allocator {
  uint32_t struct_size; /**< sizeof(coracle_allocator), set by CORACLE_ALLOCATOR_INIT. */
  void *user_data;      /**< Passed to both functions. */
  /** Returns `size` bytes aligned to `alignment` (a power of two, at most 4096), or NULL to refuse; never called with 0 bytes.
   *  Called from the thread that makes the call into the library. */
  void *(*allocate)(void *user_data, size_t size, size_t alignment);
  /** Takes back what `allocate` gave, with the same size. Never called with NULL. */
  void (*deallocate)(void *user_data, void *pointer, size_t size);
} coracle_allocator;

/** A coracle_allocator whose functions are still to be set. */
#define CORACLE_ALLOCATOR_INIT {sizeof(coracle_allocator), NULL, NULL, NULL}

/** How much a log line matters. */
typedef int32_t coracle_log_level;

/** Values of coracle_log_level. */
enum {
  CORACLE_LOG_WARNING = 1,    /**< Something will be slower or larger than it could be. */
  CORACLE_LOG_INFORMATION = 2 /**< What was planned and chosen. */
};

/** Receives one line of text, without a line end, valid during the call only. */
typedef void (*coracle_log_function)(void *user_data, coracle_log_level level, const char *message);

/** Asked between operators of a run, on the thread that called run: a non-zero answer ends the run with CORACLE_CANCELLED. */
typedef int32_t (*coracle_cancel_function)(void *user_data);

/** One executed operator, as the profile callback sees it; pointers are valid during the call only. */
typedef struct coracle_node_timing {
  uint32_t struct_size;    /**< sizeof(coracle_node_timing) of the library. */
  uint32_t node_index;     /**< Position in the plan, as in coracle_session_node(). */
  const char *name;        /**< The node's name in the model, may be empty, never NULL. */
  const char *operator_name; /**< Such as "convolution". */
  const char *backend_name;  /**< Such as "generic". */
  uint64_t nanoseconds;      /**< Wall time of this execution. */
} coracle_node_timing;

/** Called after every operator of a run, on the thread that called run. */
typedef void (*coracle_profile_function)(void *user_data, const coracle_node_timing *timing);

/** @} */

CORACLE_EXTERN_C_END

#endif
