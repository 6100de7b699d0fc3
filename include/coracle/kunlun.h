/** @defgroup kunlun The Kunlun simulator: a backend with the numerics of Baidu's Kunlun chips
 *
 *  It computes matrix products as the chips do. It lies in a shared library of its own, libcoracle_kunlun, which coracle_backend_load() loads with
 *  the options of CORACLE_KUNLUN_OPTIONS_INIT. docs/kunlun-numerics.md says what is simulated and where the facts come from. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORACLE_KUNLUN_H
#define CORACLE_KUNLUN_H

#include "backend.h"

CORACLE_EXTERN_C_BEGIN

/** @addtogroup kunlun
 *  @{ */

/** What the operands of a matrix product are rounded to. The first three values are those that gemm_compute_precision has in the card's own
 *  runtime. */
enum {
  CORACLE_KUNLUN_INT8 = 0,          /**< One int8 pass. */
  CORACLE_KUNLUN_INT16 = 1,         /**< One int16 pass. */
  CORACLE_KUNLUN_INT31 = 2,         /**< Three int16 passes; the product of the low halves is left out. */
  CORACLE_KUNLUN_INT31_WITH_LL = 3, /**< Four passes. */
  CORACLE_KUNLUN_FLOAT16 = 4,       /**< The first generation computes it as int16. */
  CORACLE_KUNLUN_BFLOAT16 = 5,      /**< Second generation only. */
  CORACLE_KUNLUN_TFLOAT32 = 6       /**< Second generation only. */
};

/** What sessions have done on the card besides computing. A caller sets it to CORACLE_KUNLUN_COUNTS_INIT, before the first run or again later, and
 *  names it in coracle_kunlun_options; runs add to it. */
typedef struct coracle_kunlun_counts {
  uint32_t struct_size;      /**< sizeof(coracle_kunlun_counts), set by CORACLE_KUNLUN_COUNTS_INIT. */
  uint32_t options;          /**< The library's own. */
  uint64_t copies_to_host;   /**< Tensors copied from the card's memory to the host's for operators that the card has no kernel for. */
  uint64_t bytes_to_host;    /**< Their bytes. */
  uint64_t copies_to_device; /**< Results of such operators copied back. */
  uint64_t bytes_to_device;  /**< Their bytes. */
  uint64_t maxima_found;     /**< Operands of products over which a pass has searched the largest magnitude. */
  uint64_t maxima_linked;    /**< Operands whose largest magnitude the operator that wrote them had left. */
} coracle_kunlun_counts;

/** Zeros, for a coracle_kunlun_counts. */
#define CORACLE_KUNLUN_COUNTS_INIT {sizeof(coracle_kunlun_counts), 0, 0, 0, 0, 0, 0, 0}

/** What is simulated. */
typedef struct coracle_kunlun_options {
  uint32_t struct_size;           /**< sizeof(coracle_kunlun_options), set by CORACLE_KUNLUN_OPTIONS_INIT. */
  uint32_t generation;            /**< 1: XPU-K (K100, K200); 2: XPU-R (R100, R200, R300); 0: the one of the session's profile where that is a
                                       card's, such as "kunlun-k200", else 2. */
  int32_t gemm_compute_precision; /**< One of the CORACLE_KUNLUN_ values. */
  uint32_t per_channel_weights;   /**< 1: each output channel of a constant right factor has its own maximum; 0: one for the tensor. */
  uint32_t quant_post_dynamic_activation_method; /**< 0: one maximum for the tensor; 1: one for every 16 elements, second generation only. */
  uint32_t link_max;              /**< 1: products take the largest magnitude of an operand from the operator that wrote it, where it was left; 0: a pass
                                       searches it. Needed where the caller changes tensors in the middle of a run; the numbers are the same. */
  coracle_kunlun_counts *counts;  /**< NULL, or what runs add to. It is this backend's alone and must outlive it; of the sessions that use the backend only
                                       one may run at a time then. */
} coracle_kunlun_options;

/** The default coracle_kunlun_options: int16. */
#define CORACLE_KUNLUN_OPTIONS_INIT {sizeof(coracle_kunlun_options), 0, CORACLE_KUNLUN_INT16, 0, 0, 1, NULL}

/** Writes the table of a backend called "kunlun" to `*backend`, for coracle_session_options.extra_backends; `options` may be NULL for
 *  CORACLE_KUNLUN_OPTIONS_INIT. There is nothing to free: the options are in the table, or in `options->counts`. Operators that it has no kernel for go to the next backend
 *  of the session. Fails with CORACLE_INVALID_ARGUMENT (a value outside its list, counts without a struct_size) or CORACLE_UNSUPPORTED (the generation has no such arithmetic;
 *  where the profile tells it, the session's calls fail). Any thread. */
CORACLE_API coracle_status coracle_backend_kunlun(const coracle_kunlun_options *options, coracle_backend *backend, coracle_error *error);

/** @} */

CORACLE_EXTERN_C_END

#endif
