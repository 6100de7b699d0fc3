// SPDX-License-Identifier: Apache-2.0
/// Backends from shared libraries.
#ifndef CORACLE_BACKEND_HPP
#define CORACLE_BACKEND_HPP

#include "result.hpp"

#include <memory>

CORACLE_HPP_BEGIN

/// Owns a backend that was loaded from a shared library. It must outlive the sessions that use it.
class loaded_backend {
 public:
  /// Loads the shared library at `path` and takes its table. Fails with CORACLE_IO, CORACLE_INVALID_ARGUMENT, CORACLE_BACKEND_FAILED or
  /// CORACLE_OUT_OF_MEMORY.
  static result<loaded_backend> load(const char *path) noexcept {
    const coracle_backend *table = nullptr;
    detail::failure failure;
    if (coracle_backend_load(path, &table, &failure.raw) != CORACLE_OK) return failure;
    return loaded_backend(table);
  }

  /// The table, for session_options::extra_backends; NULL after a move.
  const coracle_backend *table() const noexcept { return table_.get(); }

 private:
  struct unload {
    void operator()(const coracle_backend *table) const noexcept { coracle_backend_unload(table); }
  };
  explicit loaded_backend(const coracle_backend *table) noexcept : table_(table) {}
  std::unique_ptr<const coracle_backend, unload> table_;
};

CORACLE_HPP_END

#endif
