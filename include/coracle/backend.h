/** @defgroup backend Backends: a versioned table of functions that executes operators */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORACLE_BACKEND_H
#define CORACLE_BACKEND_H

#include "profile.h"
#include "status.h"
#include "tensor.h"

CORACLE_EXTERN_C_BEGIN

/** @addtogroup backend
 *  @{ */

/** Version of coracle_backend; a table of another version is refused. */
#define CORACLE_BACKEND_VERSION 3

/** An operator as a backend sees it. */
typedef struct coracle_node {
  uint32_t struct_size;             /**< sizeof(coracle_node) of the library. */
  uint16_t operator_code;           /**< A value of OperatorCode in model.fbs. */
  uint16_t attributes_type;         /**< A value of the union Attributes in model.fbs. */
  const char *name;                 /**< Name in the model, never NULL. */
  const void *attributes;           /**< FlatBuffers table of that union member, verified; NULL where there is none. */
  const coracle_tensor *const *inputs; /**< NULL entries are optional inputs left out. */
  coracle_tensor *const *outputs;      /**< NULL entries are outputs that nobody reads. */
  uint32_t input_count;             /**< Entries of `inputs`. */
  uint32_t output_count;            /**< Entries of `outputs`. */
} coracle_node;

/** Where and how a node is going to run. */
typedef struct coracle_placement {
  uint32_t struct_size;            /**< sizeof(coracle_placement) of the library. */
  uint32_t thread_count;           /**< Threads of the session. */
  const coracle_profile *profile;  /**< What the session is sized by. */
} coracle_placement;

/** The most inputs that a kernel reads packed. */
#define CORACLE_MAX_PACKINGS 4

/** A constant input that a kernel reads in an order of its own instead of the model's: packed once for all sessions of a model. */
typedef struct coracle_packing {
  int32_t input;       /**< Index of the node's input. */
  uint32_t reserved;   /**< 0. */
  uint64_t layout;     /**< Names the order: the same layout of the same input is the same bytes. Not 0. */
  uint64_t byte_count; /**< Bytes of the packed elements. */
} coracle_packing;

/** What a backend may use while it executes. */
typedef struct coracle_execution {
  uint32_t struct_size;   /**< sizeof(coracle_execution) of the library. */
  uint32_t thread_index;  /**< Of this part of the work, 0 to thread_count - 1. */
  uint32_t thread_count;  /**< Parts that the work is divided into. They run at the same time where as many threads are free. */
  uint32_t reserved;      /**< 0. */
  void *scratch;          /**< The bytes that `supports` asked for, aligned to 64; shared by the parts. */
  size_t scratch_bytes;   /**< Bytes of `scratch`. */
  void *prepared;         /**< What `prepare` left for this node, or NULL. */
  void *team;             /**< The library's own: meeting points of the parts. */
  const coracle_profile *profile; /**< As `supports` was told. */
  const void *packed[CORACLE_MAX_PACKINGS]; /**< The packed inputs, in the order in which `supports` named them. */
} coracle_execution;

/** The bit of coracle_support.pitches that stands for output 0. */
#define CORACLE_PITCHED_OUTPUT (1u << 31)

/** What a backend answers about an operator. */
typedef struct coracle_support {
  uint32_t struct_size;    /**< sizeof(coracle_support) of the library. */
  uint32_t all_threads;    /**< 1: `execute` is called once for each thread of the session, at once or in turn: none may wait for another; 0: once. */
  uint64_t scratch_bytes;  /**< Working space that one execution needs, for all threads together. */
  const char *kernel_name; /**< Static text for reports: which kernel will run. */
  const char *reason;      /**< Static text for reports: why. */
  uint32_t packing_count;  /**< Entries of `packings`. Only constant inputs can be packed: coracle_tensor.is_constant. */
  uint32_t pitches;        /**< Which tensors may have a pitch: bit i for input i below 31, CORACLE_PITCHED_OUTPUT for output 0. Such a tensor is a part of
                                a wider one: its last dimension is contiguous, `strides` tells how far apart the positions of the others are, and what
                                lies between must be left alone. 0: all tensors are dense. */
  uint32_t in_place_input; /**< 0, or one more than the index of an input that has the first output's shape and type and may lie in the same memory: the
                                kernel reads each of its elements before it writes the output's at that place, and not after. The library decides. */
  uint32_t reserved;       /**< 0. */
  coracle_packing packings[CORACLE_MAX_PACKINGS]; /**< The constant inputs that the kernel reads packed. */
} coracle_support;

/** A backend's table of functions. Fixed for CORACLE_BACKEND_VERSION; it must outlive the sessions that use it, and each function may be called
 *  from several threads at once for different sessions. */
typedef struct coracle_backend {
  uint32_t version;  /**< CORACLE_BACKEND_VERSION. */
  uint32_t reserved; /**< 0. */
  const char *name;  /**< Such as "generic"; unique in a session. */
  void *user_data;   /**< Passed to every function. */
  /** Says whether the backend can execute `node` with these types, and fills `*support`. Called when a session is made (shapes may
   *  have open extents, -1, and no data) and again when it is prepared (known shapes; constants that the file stores as float16 or packed have no data
   *  before `prepare`, and none where they are read packed). Where the answer allows it, tensors may get a pitch, and the backend is asked once more
   *  with their `strides`; that answer must allow it too. Returns CORACLE_OK, CORACLE_UNSUPPORTED, or a failure that ends the call. */
  coracle_status (*supports)(void *user_data, const coracle_node *node, const coracle_placement *placement, coracle_support *support);
  /** Optional (may be NULL): makes what is made once for a node, such as packed weights. `*prepared` goes to execute and destroy. */
  coracle_status (*prepare)(void *user_data, const coracle_node *node, void **prepared, coracle_error *error);
  /** Computes the outputs, whose memory and shapes are set. */
  coracle_status (*execute)(void *user_data, const coracle_node *node, const coracle_execution *execution, coracle_error *error);
  /** Optional (may be NULL): frees what `prepare` made. */
  void (*destroy)(void *user_data, void *prepared);
  /** Fills `packed`, aligned to 64, with input `packing->input` in the order `packing->layout`; the input's `data` is there.
   *  NULL where `supports` never names a packing. */
  coracle_status (*pack)(void *user_data, const coracle_node *node, const coracle_packing *packing, void *packed, coracle_error *error);
} coracle_backend;

/** The one function that a backend's shared library shows, called `coracle_backend_table`: its table, in static storage and the same at every
 *  call, or NULL where this machine lacks what it drives. */
typedef const coracle_backend *(*coracle_backend_table_function)(void);

/** Loads the shared library at `path` (as dlopen takes it: a name without a slash is searched for) and gives the table of its function
 *  `coracle_backend_table` in `*backend`, for coracle_session_options.extra_backends. The table is the caller's, who gives it back with
 *  coracle_backend_unload() after the last session that uses it. The library's own initialisers run here: load only what you trust. Loading the
 *  same file twice gives two tables. Fails with CORACLE_IO (it cannot be loaded: the loader's reason), CORACLE_INVALID_ARGUMENT (no such
 *  function, another version of the table, or a table without a name or a function), CORACLE_BACKEND_FAILED (the function returned NULL),
 *  CORACLE_OUT_OF_MEMORY. Any thread. */
CORACLE_API coracle_status coracle_backend_load(const char *path, const coracle_backend **backend, coracle_error *error);

/** Gives back what coracle_backend_load() gave, and nothing else; NULL is allowed. No session may use it any more. Any thread. */
CORACLE_API void coracle_backend_unload(const coracle_backend *backend);

/** @} */

CORACLE_EXTERN_C_END

#endif
