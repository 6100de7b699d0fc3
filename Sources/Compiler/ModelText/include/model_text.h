/* Between the JSON and the binary form of a model's FlatBuffers part. SPDX-License-Identifier: Apache-2.0 */
#ifndef CORACLE_MODEL_TEXT_H
#define CORACLE_MODEL_TEXT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Parses `json` (NUL-terminated, the schema model.fbs) into a FlatBuffers buffer with the identifier CRCL. On success returns NULL and a buffer to be freed
 *  with model_text_free(); on failure returns a NUL-terminated sentence to be freed with model_text_free(). */
char *model_text_parse(const char *json, uint8_t **data, size_t *size);

/** Writes the model in the verified buffer at `data` as JSON, NUL-terminated, to be freed with model_text_free(); NULL on failure. */
char *model_text_print(const void *data);

void model_text_free(void *pointer);

#ifdef __cplusplus
}
#endif

#endif
