// SPDX-License-Identifier: Apache-2.0
#include "model_verifier.h"

#include "generated/model_generated.h"

int model_verifier_accepts(const void *data, size_t size) {
  if (size < 16 || size >= FLATBUFFERS_MAX_BUFFER_SIZE) return 0;
  flatbuffers::Verifier verifier(static_cast<const uint8_t *>(data), size, 64, 4000000);
  return coracle::file::VerifyModelBuffer(verifier) ? 1 : 0;
}

const void *model_verifier_root(const void *data) { return coracle::file::GetModel(data); }
