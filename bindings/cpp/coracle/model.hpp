// SPDX-License-Identifier: Apache-2.0
/// Models: an immutable, mapped model file.
#ifndef CORACLE_MODEL_HPP
#define CORACLE_MODEL_HPP

#include "tensor.hpp"

#include <memory>

CORACLE_HPP_BEGIN

/// How to open a model.
struct model_options {
  /// Trust the weights and never read them for their checksums; the rest is verified always.
  bool skip_weight_checksums = false;
  /// NULL: the C library's. Copied; its `user_data` must outlive the model. Its functions must not throw.
  const coracle_allocator *allocator = nullptr;
};

/// A pair of texts of a model's metadata.
struct metadata_entry {
  const char *key = nullptr;
  const char *value = nullptr;
};

/// Owns a model: verified once, never changed, shared by any number of threads and sessions, which keep what they need of it alive.
class model {
 public:
  /// Opens the model file at `path` by mapping it; weights are never copied. The file must not change while the model lives.
  /// Fails with CORACLE_IO, a 3xx status, or CORACLE_OUT_OF_MEMORY.
  static result<model> open_file(const char *path, const model_options &options = {}) noexcept {
    const coracle_model_options raw = options_of(options);
    return made([&](coracle_model **target, coracle_error *error) { return coracle_model_open_file(path, &raw, target, error); });
  }

  /// Opens the model in `size` bytes at `data`, without copying: the memory stays the caller's, must be aligned to 64 bytes and must outlive
  /// the model and its sessions unchanged. Otherwise as open_file().
  static result<model> open_memory(const void *data, std::size_t size, const model_options &options = {}) noexcept {
    const coracle_model_options raw = options_of(options);
    return made([&](coracle_model **target, coracle_error *error) { return coracle_model_open_memory(data, size, &raw, target, error); });
  }

  /// The number of inputs and of outputs, in the order of the source model. Any thread, as all that follows.
  std::size_t input_count() const noexcept { return coracle_model_input_count(handle()); }
  std::size_t output_count() const noexcept { return coracle_model_output_count(handle()); }

  /// Describes an input: name, type and shape (-1 where open), no data. Fails with CORACLE_INVALID_ARGUMENT.
  result<tensor> input(std::size_t index) const noexcept {
    return told<tensor>([&](tensor &found, coracle_error *error) { return coracle_model_input(handle(), index, found.raw(), error); });
  }

  /// Describes an output as input() does an input.
  result<tensor> output(std::size_t index) const noexcept {
    return told<tensor>([&](tensor &found, coracle_error *error) { return coracle_model_output(handle(), index, found.raw(), error); });
  }

  /// The index of the input called `name`. Fails with CORACLE_NOT_FOUND.
  result<std::size_t> find_input(const char *name) const noexcept {
    return told<std::size_t>([&](std::size_t &index, coracle_error *error) { return coracle_model_find_input(handle(), name, &index, error); });
  }

  /// The index of the output called `name`. Fails with CORACLE_NOT_FOUND.
  result<std::size_t> find_output(const char *name) const noexcept {
    return told<std::size_t>([&](std::size_t &index, coracle_error *error) { return coracle_model_find_output(handle(), name, &index, error); });
  }

  /// The value stored under `key` in the model's metadata; it lives as long as the model. Keys that begin with "source." tell what was converted,
  /// such as "source.format"; all others are the source model's own. Fails with CORACLE_NOT_FOUND.
  result<const char *> metadata(const char *key) const noexcept {
    return told<const char *>([&](const char *&value, coracle_error *error) { return coracle_model_metadata(handle(), key, &value, error); });
  }

  /// The number of entries of the model's metadata.
  std::size_t metadata_count() const noexcept { return coracle_model_metadata_count(handle()); }

  /// Key and value of entry `index` of the model's metadata; they live as long as the model. Fails with CORACLE_INVALID_ARGUMENT.
  result<metadata_entry> metadata_at(std::size_t index) const noexcept {
    return told<metadata_entry>([&](metadata_entry &entry, coracle_error *error) {
      return coracle_model_metadata_at(handle(), index, &entry.key, &entry.value, error);
    });
  }

  /// The number of test vectors (inputs with the outputs they must give) that the file carries.
  std::size_t test_vector_count() const noexcept { return coracle_model_test_vector_count(handle()); }

  /// A tensor of a test vector: input `index`, or, with `is_output`, expected output `index`; its elements lie in the mapped file and must not
  /// be written. Fails with CORACLE_INVALID_ARGUMENT.
  result<tensor> test_vector(std::size_t vector, bool is_output, std::size_t index) const noexcept {
    return told<tensor>([&](tensor &found, coracle_error *error) {
      return coracle_model_test_vector(handle(), vector, is_output, index, found.raw(), error);
    });
  }

  /// C's handle, still owned by this object; NULL where it was moved from.
  const coracle_model *handle() const noexcept { return handle_.get(); }

 private:
  struct destroyer {
    void operator()(coracle_model *model) const noexcept { coracle_model_destroy(model); }
  };
  std::unique_ptr<coracle_model, destroyer> handle_;

  explicit model(coracle_model *handle) noexcept : handle_(handle) {}

  static coracle_model_options options_of(const model_options &options) noexcept {
    coracle_model_options raw = CORACLE_MODEL_OPTIONS_INIT;
    raw.skip_weight_checksums = options.skip_weight_checksums;
    raw.allocator = options.allocator;
    return raw;
  }

  template <typename Call>
  static result<model> made(Call call) noexcept {
    coracle_model *handle = nullptr;
    detail::failure failure;
    if (call(&handle, &failure.raw) != CORACLE_OK) return failure;
    return model(handle);
  }

  template <typename Value, typename Call>
  static result<Value> told(Call call) noexcept {
    Value value{};
    detail::failure failure;
    if (call(value, &failure.raw) != CORACLE_OK) return failure;
    return value;
  }
};

CORACLE_HPP_END

#endif
