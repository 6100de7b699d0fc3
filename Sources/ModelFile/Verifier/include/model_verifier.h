/* The FlatBuffers part of a model file, verified by libflatbuffers. SPDX-License-Identifier: Apache-2.0 */
#ifndef CORACLE_MODEL_VERIFIER_H
#define CORACLE_MODEL_VERIFIER_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** 1 if `size` bytes at `data` (aligned to 8) are a well-formed Model with the identifier CRCL: every offset inside, every string ended,
 *  at most 64 levels deep and 4,000,000 tables; else 0. Reads nothing outside. */
int model_verifier_accepts(const void *data, size_t size);

/** The root table of an accepted buffer. */
const void *model_verifier_root(const void *data);

#ifdef __cplusplus
}
#endif

#endif
