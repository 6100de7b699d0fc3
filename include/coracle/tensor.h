/** @defgroup tensor Tensors: a view of memory with a type and a shape */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORACLE_TENSOR_H
#define CORACLE_TENSOR_H

#include "export.h"

CORACLE_EXTERN_C_BEGIN

/** @addtogroup tensor
 *  @{ */

/** Type of a tensor's elements. Values are pinned for ever and equal those of the model file. */
typedef int32_t coracle_element_type;

/** Values of coracle_element_type. */
enum {
  CORACLE_FLOAT32 = 1, /**< IEEE 754 binary32. */
  CORACLE_FLOAT16 = 2, /**< IEEE 754 binary16; stored only. */
  CORACLE_INT8 = 3,    /**< Two's complement. */
  CORACLE_UINT8 = 4,   /**< Unsigned. */
  CORACLE_INT16 = 5,   /**< Two's complement; stored only. */
  CORACLE_INT32 = 6,   /**< Two's complement. */
  CORACLE_INT64 = 7,   /**< Two's complement. */
  CORACLE_BOOL = 8     /**< One byte: 0 or 1. */
};

/** The most dimensions that a tensor can have. */
#define CORACLE_MAX_RANK 8

/** A view of a tensor: it owns nothing. Elements are dense in row-major order (the last dimension is contiguous), but for what a backend takes with
 *  a pitch: coracle_support.pitches. */
typedef struct coracle_tensor {
  uint32_t struct_size;                /**< sizeof(coracle_tensor), set by CORACLE_TENSOR_INIT. */
  coracle_element_type type;           /**< Element type. */
  int32_t rank;                        /**< Number of dimensions, 0 (one element) to CORACLE_MAX_RANK. */
  uint32_t is_constant;                /**< 1: the value is stored in the model. */
  int64_t shape[CORACLE_MAX_RANK];     /**< Extent of each dimension; -1 where a model leaves it open. */
  int64_t strides[CORACLE_MAX_RANK];   /**< Distance in elements between neighbours of each dimension; all 0 means dense. */
  void *data;                          /**< First element; may be NULL where there are no elements or only a shape is told. */
  size_t byte_count;                   /**< Bytes from `data` to the end of the last element. */
  const char *name;                    /**< Name in the model, or NULL; lives as long as the model. */
  const float *maxima;                 /**< For backends: the largest magnitudes of parts that together are the tensor, where the operator that writes it
                                            leaves them for those that read it; NULL elsewhere. */
  size_t maxima_count;                 /**< Entries of `maxima`. */
} coracle_tensor;

/** An empty coracle_tensor. */
#define CORACLE_TENSOR_INIT {sizeof(coracle_tensor), 0, 0, 0, {0}, {0}, NULL, 0, NULL, NULL, 0}

/** Bytes of one element of `type`; 0 for a value outside the list. Any thread. */
CORACLE_API size_t coracle_element_type_size(coracle_element_type type);

/** The name of a type, such as "float32"; "unknown" for a value outside the list. Static storage, any thread. */
CORACLE_API const char *coracle_element_type_name(coracle_element_type type);

/** @} */

CORACLE_EXTERN_C_END

#endif
