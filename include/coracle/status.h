/** @defgroup status Results of calls: a status, and an error object with a sentence */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORACLE_STATUS_H
#define CORACLE_STATUS_H

#include "export.h"

CORACLE_EXTERN_C_BEGIN

/** @addtogroup status
 *  @{ */

/** Result of a call. Values are pinned for ever and grouped in families of a hundred: 1xx, the call is wrong; 2xx, the machine says no;
 *  3xx, the file is wrong; 4xx, the run ended early; 5xx, our fault. */
typedef int32_t coracle_status;

/** Values of coracle_status. */
enum {
  CORACLE_OK = 0, /**< Success. */

  CORACLE_INVALID_ARGUMENT = 100, /**< A NULL, an index or an option that the function does not allow. */
  CORACLE_NOT_FOUND = 101,        /**< No input, output, backend, profile or key of that name. */
  CORACLE_INVALID_SHAPE = 102,    /**< A shape that the model, or the operator named in the sentence, cannot take. */
  CORACLE_INVALID_TYPE = 103,     /**< An element type that does not fit. */
  CORACLE_OUT_OF_RANGE = 104,     /**< A value at run time, such as an index tensor's, outside its range. */

  CORACLE_OUT_OF_MEMORY = 200, /**< The allocator refused. */
  CORACLE_OVER_BUDGET = 201,   /**< The memory budget of the options would be exceeded; the sentence says by how much. */
  CORACLE_IO = 202,            /**< A file could not be opened, read or mapped. */
  CORACLE_THREAD = 203,        /**< A thread could not be started. */

  CORACLE_NOT_A_MODEL = 300,   /**< The bytes do not start as a Coracle model does. */
  CORACLE_NEWER_VERSION = 301, /**< Written by a newer Coracle; the sentence names both versions. */
  CORACLE_CORRUPT = 302,       /**< Truncated, or a checksum differs. */
  CORACLE_INVALID_MODEL = 303, /**< Well-formed, but what it says cannot be run. */
  CORACLE_UNSUPPORTED = 304,   /**< An operator, type or attribute that no backend of this build supports. */

  CORACLE_CANCELLED = 400,      /**< coracle_session_cancel() or the cancel callback asked for it. */
  CORACLE_BACKEND_FAILED = 401, /**< A backend outside this library returned a failure. */

  CORACLE_INTERNAL = 500 /**< A state that should not occur. Please report it with the sentence. */
};

/** Bytes of a sentence, its NUL included; a longer one is cut. */
#define CORACLE_ERROR_MESSAGE_SIZE 504

/** What went wrong, in the caller's own memory: nothing to free, nothing shared between threads. */
typedef struct coracle_error {
  uint32_t struct_size;                     /**< sizeof(coracle_error), set by CORACLE_ERROR_INIT. */
  coracle_status status;                    /**< The status that the call returned. */
  char message[CORACLE_ERROR_MESSAGE_SIZE]; /**< One sentence, UTF-8, always NUL-terminated: which operator, which tensor, expected and found. */
} coracle_error;

/** A coracle_error of no failure. */
#define CORACLE_ERROR_INIT {sizeof(coracle_error), CORACLE_OK, {0}}

/** The name of a status, such as "CORACLE_INVALID_SHAPE"; "CORACLE_UNKNOWN" for a value outside the list.
 *  Static storage, never NULL, any thread. */
CORACLE_API const char *coracle_status_name(coracle_status status);

/** @} */

CORACLE_EXTERN_C_END

#endif
