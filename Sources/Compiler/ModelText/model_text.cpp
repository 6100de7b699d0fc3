// SPDX-License-Identifier: Apache-2.0
#include "model_text.h"

#include <cstdlib>
#include <cstring>
#include <string>

#include <flatbuffers/idl.h>

#include "schema.generated.h"

static char *copied(const std::string &text) {
  char *result = static_cast<char *>(std::malloc(text.size() + 1));
  if (result != nullptr) std::memcpy(result, text.c_str(), text.size() + 1);
  return result;
}

static flatbuffers::IDLOptions options() {
  flatbuffers::IDLOptions result;
  result.strict_json = true;
  result.output_default_scalars_in_json = false;
  result.indent_step = 1;
  return result;
}

char *model_text_parse(const char *json, uint8_t **data, size_t *size) {
  flatbuffers::Parser parser(options());
  if (!parser.Parse(model_schema) || !parser.Parse(json)) return copied(parser.error_);
  uint8_t *buffer = static_cast<uint8_t *>(std::malloc(parser.builder_.GetSize()));
  if (buffer == nullptr) return copied("out of memory");
  std::memcpy(buffer, parser.builder_.GetBufferPointer(), parser.builder_.GetSize());
  *data = buffer;
  *size = parser.builder_.GetSize();
  return nullptr;
}

char *model_text_print(const void *data) {
  flatbuffers::Parser parser(options());
  std::string text;
  if (!parser.Parse(model_schema) || !flatbuffers::GenerateText(parser, data, &text)) return nullptr;
  return copied(text);
}

void model_text_free(void *pointer) { std::free(pointer); }
