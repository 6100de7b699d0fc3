/** @defgroup session Sessions: a model made ready to run, with its own memory and threads */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORACLE_SESSION_H
#define CORACLE_SESSION_H

#include "backend.h"
#include "callbacks.h"
#include "model.h"
#include "profile.h"
#include "status.h"
#include "tensor.h"

CORACLE_EXTERN_C_BEGIN

/** @addtogroup session
 *  @{ */

/** A session: one thread at a time; several sessions may share one model. */
typedef struct coracle_session coracle_session;

/** How a session runs. Everything that is zero or NULL takes its default. */
typedef struct coracle_session_options {
  uint32_t struct_size;                /**< sizeof(coracle_session_options), set by CORACLE_SESSION_OPTIONS_INIT. */
  uint32_t thread_count;               /**< Threads of a run, the caller's included; 0 = the profile's, or 1. No more compute than there are
                                            processors for each of the process's runs in progress. */
  uint64_t memory_budget;              /**< Most bytes that the session may allocate; 0 = the profile's, or no limit. */
  const coracle_profile *profile;      /**< What the run is sized by; NULL = the machine, detected. Copied. */
  const char *backends;                /**< Backend names in the order of preference, separated by commas: "generic", "tuned" (all that the
                                            machine has, the best first; left out where it has none), one of its sets "avx2", "avx512", "neon", an extra
                                            backend's name, or "float16": matrix products in half precision, left out where machine or library have
                                            none. NULL = the profile's. */
  const coracle_backend *const *extra_backends; /**< Backends beside the built-in ones; must outlive the session. */
  size_t extra_backend_count;          /**< Entries of `extra_backends`. */
  const coracle_allocator *allocator;  /**< NULL: the model's. Copied; `user_data` must outlive the session. */
  coracle_log_function log;            /**< NULL: silence. */
  void *log_user_data;                 /**< Passed to `log`. */
  coracle_profile_function profile_function; /**< NULL: operators are not timed. */
  void *profile_user_data;             /**< Passed to `profile_function`. */
  coracle_cancel_function cancel;      /**< NULL: only coracle_session_cancel(). */
  void *cancel_user_data;              /**< Passed to `cancel`. */
} coracle_session_options;

/** The default coracle_session_options. */
#define CORACLE_SESSION_OPTIONS_INIT \
  {sizeof(coracle_session_options), 0, 0, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL}

/** Bytes that a session needs or has; see coracle_session_memory(). */
typedef struct coracle_memory {
  uint32_t struct_size;    /**< sizeof(coracle_memory), set by CORACLE_MEMORY_INIT. */
  uint64_t weight_bytes;   /**< Constants of the model, mapped and shared, not allocated. */
  uint64_t arena_bytes;    /**< Activations, inputs and outputs, as planned. */
  uint64_t scratch_bytes;  /**< The largest working space of any operator. */
  uint64_t packed_bytes;   /**< Weights in another order or type than the file's, made at prepare. */
  uint64_t state_bytes;    /**< Tables of the session, and tensors whose size only a run tells. */
} coracle_memory;

/** A coracle_memory to be filled in. */
#define CORACLE_MEMORY_INIT {sizeof(coracle_memory), 0, 0, 0, 0, 0}

/** One operator of the plan; see coracle_session_node(). Pointers live as long as the session. */
typedef struct coracle_node_plan {
  uint32_t struct_size;       /**< sizeof(coracle_node_plan), set by CORACLE_NODE_PLAN_INIT. */
  uint32_t subgraph;          /**< 0 for the main graph. */
  const char *name;           /**< The node's name in the model. */
  const char *operator_name;  /**< Such as "convolution". */
  const char *backend_name;   /**< Such as "generic". */
  const char *kernel_name;    /**< Such as "1x1 as GEMM (OpenBLAS)". */
  const char *reason;         /**< Why this backend and this kernel, in a few words. */
  uint64_t scratch_bytes;     /**< Working space of this operator. */
  uint32_t evaluated_at_prepare; /**< 1 if the result depends on shapes only and is not computed again. */
  uint32_t output_count;      /**< Outputs of the operator. */
  int32_t first_output;       /**< Tensor index of the first output; the others follow through coracle_session_node_output(). */
} coracle_node_plan;

/** A coracle_node_plan to be filled in. */
#define CORACLE_NODE_PLAN_INIT {sizeof(coracle_node_plan), 0, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, -1}

/** Where a tensor lies; see coracle_session_tensor(). */
typedef struct coracle_tensor_plan {
  uint32_t struct_size;  /**< sizeof(coracle_tensor_plan), set by CORACLE_TENSOR_PLAN_INIT. */
  int32_t kind;          /**< One of the CORACLE_PLACE_ values. */
  uint64_t offset;       /**< Byte offset in the arena, where kind is CORACLE_PLACE_ARENA. */
  uint64_t byte_count;   /**< Bytes of the tensor's elements at the present shapes. */
  int32_t first_node;    /**< Plan position that writes it first; -1: before the run. */
  int32_t last_node;     /**< Plan position that reads it last. */
} coracle_tensor_plan;

/** Values of coracle_tensor_plan's `kind`. */
enum {
  CORACLE_PLACE_NONE = 0,     /**< Not used by this plan. */
  CORACLE_PLACE_CONSTANT = 1, /**< In the mapped file. */
  CORACLE_PLACE_ARENA = 2,    /**< In the session's arena. */
  CORACLE_PLACE_BOUND = 3,    /**< In the caller's buffer. */
  CORACLE_PLACE_PREPARED = 4, /**< Computed when the session was prepared. */
  CORACLE_PLACE_GROWING = 5   /**< In a buffer of its own, because its size is known only at run time. */
};

/** A coracle_tensor_plan to be filled in. */
#define CORACLE_TENSOR_PLAN_INIT {sizeof(coracle_tensor_plan), 0, 0, 0, -1, -1}

/** Makes a session of `model`. Operators are placed on backends; nothing is planned yet where an input's shape is open.
 *  `options` may be NULL. On success `*session` is owned by the caller, who ends it with coracle_session_destroy(); it keeps the model alive.
 *  Any thread. Fails with CORACLE_UNSUPPORTED (an operator that no backend supports), CORACLE_NOT_FOUND (backend name),
 *  CORACLE_THREAD or CORACLE_OUT_OF_MEMORY. */
CORACLE_API coracle_status coracle_session_create(const coracle_model *model, const coracle_session_options *options,
                                                  coracle_session **session, coracle_error *error);

/** Ends a session and frees all that it allocated. NULL is allowed. */
CORACLE_API void coracle_session_destroy(coracle_session *session);

/** Sets the shape of input `index` for the runs that follow; needed where the model leaves it open, allowed wherever
 *  the operators can follow. A binding of that input is undone. Planning waits for the next prepare or run.
 *  Fails with CORACLE_INVALID_ARGUMENT or CORACLE_INVALID_SHAPE (a rank or an extent that the model fixes differently). */
CORACLE_API coracle_status coracle_session_resize_input(coracle_session *session, size_t index, const int64_t *shape, int32_t rank,
                                                        coracle_error *error);

/** Tells what the session needs at the present input shapes, before any of it is allocated. */
CORACLE_API coracle_status coracle_session_memory(coracle_session *session, coracle_memory *memory, coracle_error *error);

/** Plans and allocates for the present input shapes; a run does it where it was not done. The first session of a model reads all weights
 *  for their checksums, unless skip_weight_checksums said not to. After a failure the session can be resized and prepared again.
 *  A memory budget is kept for each set of input shapes by itself: what larger ones before needed is given back first.
 *  Fails with CORACLE_CORRUPT (damaged weights), CORACLE_INVALID_SHAPE (names operator and tensor), CORACLE_OVER_BUDGET (the sentence says how
 *  many bytes are needed and how many are missing) or CORACLE_OUT_OF_MEMORY. */
CORACLE_API coracle_status coracle_session_prepare(coracle_session *session, coracle_error *error);

/** Gives a view of the session's own buffer of input `index`, to be written before a run. Prepares if needed.
 *  The view and what was written there are valid until the next resize, bind or destroy; runs leave them as they are. */
CORACLE_API coracle_status coracle_session_input(coracle_session *session, size_t index, coracle_tensor *tensor,
                                                 coracle_error *error);

/** Makes the runs that follow read input `index` from the caller's memory, without a copy. The tensor's type must be the
 *  model's and its shape becomes the input's; elements must be dense and `data` aligned to its element. The memory must
 *  stay until the binding is undone by another bind, a resize, or `tensor` = NULL. */
CORACLE_API coracle_status coracle_session_bind_input(coracle_session *session, size_t index, const coracle_tensor *tensor,
                                                      coracle_error *error);

/** Makes the runs that follow write output `index` into the caller's `tensor->byte_count` bytes at `tensor->data`, without
 *  a copy; type and shape are the model's and are not read from `tensor`. The memory must not overlap that of an input which
 *  the same run reads. A run whose output does not fit fails with CORACLE_INVALID_SHAPE. Undone by `tensor` = NULL. */
CORACLE_API coracle_status coracle_session_bind_output(coracle_session *session, size_t index, const coracle_tensor *tensor,
                                                       coracle_error *error);

/** Runs the model once. Prepares if needed; a run after the first at the same shapes allocates nothing.
 *  After a failure, outputs are unspecified and the session can run again. Where shapes depend on values, a run asks for memory and fails with
 *  CORACLE_OVER_BUDGET where it would have more than the budget. */
CORACLE_API coracle_status coracle_session_run(coracle_session *session, coracle_error *error);

/** Gives a view of output `index` after a run: type, shape and data. Valid until the next run, resize, bind or destroy. */
CORACLE_API coracle_status coracle_session_output(coracle_session *session, size_t index, coracle_tensor *tensor,
                                                  coracle_error *error);

/** Asks the run in progress, if any, to end before its next operator with CORACLE_CANCELLED. Any thread; a later run is
 *  not affected. */
CORACLE_API void coracle_session_cancel(coracle_session *session);

/** The number of operators in the plan, subgraphs included. */
CORACLE_API size_t coracle_session_node_count(const coracle_session *session);

/** Describes operator `index` of the plan. Fails with CORACLE_INVALID_ARGUMENT. */
CORACLE_API coracle_status coracle_session_node(const coracle_session *session, size_t index, coracle_node_plan *plan,
                                                coracle_error *error);

/** The tensor index of output `output` of operator `index`, for coracle_session_tensor(). Fails with CORACLE_INVALID_ARGUMENT. */
CORACLE_API coracle_status coracle_session_node_output(const coracle_session *session, size_t index, size_t output,
                                                       size_t *tensor, coracle_error *error);

/** The `position`th constant that operator `index` reads packed, as its backend wants it: `*packing` says which input and order,
 *  `*data` points at the packed elements, which live as long as the model. Of a prepared session. Fails with CORACLE_INVALID_ARGUMENT
 *  where there is no such constant. */
CORACLE_API coracle_status coracle_session_packed_input(const coracle_session *session, size_t index, size_t position,
                                                        coracle_packing *packing, const void **data, coracle_error *error);

/** The number of tensors of the model. */
CORACLE_API size_t coracle_session_tensor_count(const coracle_session *session);

/** Type, shape and place of tensor `index` in the present plan. `tensor` or `plan` may be NULL. Fails with CORACLE_INVALID_ARGUMENT. */
CORACLE_API coracle_status coracle_session_tensor(const coracle_session *session, size_t index, coracle_tensor *tensor,
                                                  coracle_tensor_plan *plan, coracle_error *error);

/** @} */

CORACLE_EXTERN_C_END

#endif
