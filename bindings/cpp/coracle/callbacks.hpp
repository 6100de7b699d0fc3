// SPDX-License-Identifier: Apache-2.0
/// What the library asks of its host, as C++ functions, whose exceptions are kept out of C.
#ifndef CORACLE_CALLBACKS_HPP
#define CORACLE_CALLBACKS_HPP

#include "result.hpp"

#include <cstdint>
#include <functional>

CORACLE_HPP_BEGIN

/// Receives one line of text, without a line end, valid during the call only. Called on the thread that made the call.
using log_function = std::function<void(coracle_log_level level, const char *message)>;

/// Receives the time of one executed operator, valid during the call only. Called on the thread that called run.
using profile_function = std::function<void(const coracle_node_timing &timing)>;

/// Asked between operators of a run, on the thread that called run: true ends the run with CORACLE_CANCELLED.
using cancel_function = std::function<bool()>;

namespace detail {

/// The caller's functions behind C's pointers, and the exception that one of them left.
class callbacks {
 public:
  log_function log;
  profile_function profile;
  cancel_function cancel;

  static void call_log(void *user_data, coracle_log_level level, const char *message) noexcept {
    auto *self = static_cast<callbacks *>(user_data);
    self->guard([&] { self->log(level, message); });
  }

  static void call_profile(void *user_data, const coracle_node_timing *timing) noexcept {
    auto *self = static_cast<callbacks *>(user_data);
    self->guard([&] { self->profile(*timing); });
  }

  /// Says yes after an exception too: the run would be thrown away.
  static std::int32_t call_cancel(void *user_data) noexcept {
    auto *self = static_cast<callbacks *>(user_data);
    bool answer = false;
    if (self->cancel) self->guard([&] { answer = self->cancel(); });
    return answer || self->has_thrown();
  }

  /// Throws what a function left during the call that has just ended.
  void rethrow() {
#if defined(__cpp_exceptions)
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
#endif
  }

 private:
#if defined(__cpp_exceptions)
  std::exception_ptr thrown_;

  bool has_thrown() const noexcept { return thrown_ != nullptr; }

  /// After an exception nothing of the caller is called until it was thrown again.
  template <typename Call>
  void guard(Call call) noexcept {
    if (thrown_) return;
    try {
      call();
    } catch (...) {
      thrown_ = std::current_exception();
    }
  }
#else
  bool has_thrown() const noexcept { return false; }

  template <typename Call>
  void guard(Call call) noexcept {
    call();
  }
#endif
};

}  // namespace detail

CORACLE_HPP_END

#endif
