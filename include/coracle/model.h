/** @defgroup model Models: an immutable, mapped model file */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORACLE_MODEL_H
#define CORACLE_MODEL_H

#include "callbacks.h"
#include "status.h"
#include "tensor.h"

CORACLE_EXTERN_C_BEGIN

/** @addtogroup model
 *  @{ */

/** A model: verified once, never changed, shared by any number of threads and sessions. */
typedef struct coracle_model coracle_model;

/** How to open a model. */
typedef struct coracle_model_options {
  uint32_t struct_size;               /**< sizeof(coracle_model_options), set by CORACLE_MODEL_OPTIONS_INIT. */
  uint32_t skip_weight_checksums;     /**< 1: trust the weights and never read them for their checksums; the rest is verified always. */
  const coracle_allocator *allocator; /**< NULL: the C library's. Copied; `user_data` must outlive the model. */
} coracle_model_options;

/** The default coracle_model_options. */
#define CORACLE_MODEL_OPTIONS_INIT {sizeof(coracle_model_options), 0, NULL}

/** Opens the model file at `path` by mapping it; weights are never copied.
 *  Everything but the weights is verified here; their checksums when the first session is prepared, see coracle_session_prepare().
 *  `options` may be NULL. On success `*model` is owned by the caller, who ends it with coracle_model_destroy().
 *  The file must not change while the model lives. Any thread.
 *  Fails with CORACLE_IO, a 3xx status, or CORACLE_OUT_OF_MEMORY. */
CORACLE_API coracle_status coracle_model_open_file(const char *path, const coracle_model_options *options,
                                                   coracle_model **model, coracle_error *error);

/** Opens the model in `size` bytes at `data`, without copying: the memory stays the caller's, must be aligned to 64 bytes
 *  and must outlive the model and its sessions unchanged. Otherwise as coracle_model_open_file(). */
CORACLE_API coracle_status coracle_model_open_memory(const void *data, size_t size, const coracle_model_options *options,
                                                     coracle_model **model, coracle_error *error);

/** Ends the caller's hold on a model; its memory goes when its last session is destroyed. NULL is allowed. Any thread. */
CORACLE_API void coracle_model_destroy(coracle_model *model);

/** The number of inputs, in the order of the source model. Any thread. */
CORACLE_API size_t coracle_model_input_count(const coracle_model *model);

/** The number of outputs, in the order of the source model. Any thread. */
CORACLE_API size_t coracle_model_output_count(const coracle_model *model);

/** Describes an input: name, type and shape (-1 where open), no data. Fails with CORACLE_INVALID_ARGUMENT. Any thread. */
CORACLE_API coracle_status coracle_model_input(const coracle_model *model, size_t index, coracle_tensor *tensor,
                                               coracle_error *error);

/** Describes an output as coracle_model_input() does an input. */
CORACLE_API coracle_status coracle_model_output(const coracle_model *model, size_t index, coracle_tensor *tensor,
                                                coracle_error *error);

/** Finds the input called `name`. Fails with CORACLE_NOT_FOUND. Any thread. */
CORACLE_API coracle_status coracle_model_find_input(const coracle_model *model, const char *name, size_t *index,
                                                    coracle_error *error);

/** Finds the output called `name`. Fails with CORACLE_NOT_FOUND. Any thread. */
CORACLE_API coracle_status coracle_model_find_output(const coracle_model *model, const char *name, size_t *index,
                                                     coracle_error *error);

/** The value stored under `key` in the model's metadata. Keys that begin with "source." tell what was converted, such as "source.format"; all
 *  others are the source model's own. Fails with CORACLE_NOT_FOUND. `*value` lives as long as the model. Any thread. */
CORACLE_API coracle_status coracle_model_metadata(const coracle_model *model, const char *key, const char **value,
                                                  coracle_error *error);

/** The number of entries of the model's metadata. Any thread. */
CORACLE_API size_t coracle_model_metadata_count(const coracle_model *model);

/** Key and value of entry `index` of the model's metadata; either may be NULL where it is not wanted. Fails with CORACLE_INVALID_ARGUMENT.
 *  `*key` and `*value` live as long as the model. Any thread. */
CORACLE_API coracle_status coracle_model_metadata_at(const coracle_model *model, size_t index, const char **key, const char **value,
                                                     coracle_error *error);

/** The number of test vectors (inputs with the outputs they must give) that the file carries. Any thread. */
CORACLE_API size_t coracle_model_test_vector_count(const coracle_model *model);

/** A tensor of a test vector: input `index`, or, with `is_output` 1, expected output `index`; `data` lies in the mapped file.
 *  Fails with CORACLE_INVALID_ARGUMENT. Any thread. */
CORACLE_API coracle_status coracle_model_test_vector(const coracle_model *model, size_t vector, uint32_t is_output, size_t index,
                                                     coracle_tensor *tensor, coracle_error *error);

/** @} */

CORACLE_EXTERN_C_END

#endif
