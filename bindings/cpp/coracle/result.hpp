// SPDX-License-Identifier: Apache-2.0
/// Results of calls: a value, or a status with a sentence.
#ifndef CORACLE_RESULT_HPP
#define CORACLE_RESULT_HPP

#include <coracle/coracle.h>

#include <cassert>
#include <exception>
#include <utility>
#include <variant>

// The two kinds of object files differ in the bodies of inline functions, of which a linker keeps one.
#if defined(__cpp_exceptions)
#define CORACLE_HPP_BEGIN namespace coracle {
#define CORACLE_HPP_END }
#else
#define CORACLE_HPP_BEGIN namespace coracle { inline namespace without_exceptions {
#define CORACLE_HPP_END } }
#endif

CORACLE_HPP_BEGIN

/// What went wrong: a status, and one English sentence about it.
class error : public std::exception {
 public:
  explicit error(const coracle_error &raw) noexcept : raw_(raw) {}

  /// One of the CORACLE_ values of coracle/status.h; CORACLE_OK for the error of a result that succeeded.
  coracle_status status() const noexcept { return raw_.status; }

  /// The status's name, such as "CORACLE_INVALID_SHAPE".
  const char *name() const noexcept { return coracle_status_name(raw_.status); }

  /// The sentence, UTF-8; empty for CORACLE_OK. Lives as long as this object.
  const char *message() const noexcept { return raw_.message; }

  /// The sentence, for those who catch std::exception.
  const char *what() const noexcept override { return raw_.message; }

 private:
  coracle_error raw_;
};

namespace detail {

/// An error object to be passed to C. Its message is not zeroed beyond the first byte: that would cost more than some calls.
struct failure {
  coracle_error raw;

  failure() noexcept {
    raw.struct_size = sizeof raw;
    raw.status = CORACLE_OK;
    raw.message[0] = 0;
  }
};

}  // namespace detail

/// A `Value`, or why there is none.
template <typename Value>
class [[nodiscard]] result {
 public:
  result(Value value) noexcept : content_(std::in_place_index<0>, std::move(value)) {}

  /// A value made of `arguments` where it is returned.
  template <typename... Arguments>
  explicit result(std::in_place_t, Arguments &&...arguments) noexcept
      : content_(std::in_place_index<0>, std::forward<Arguments>(arguments)...) {}
  result(const detail::failure &failure) noexcept : content_(failure) {}

  /// Whether there is a value.
  explicit operator bool() const noexcept { return content_.index() == 0; }

  /// CORACLE_OK, or why there is no value.
  coracle_status status() const noexcept { return *this ? CORACLE_OK : std::get_if<1>(&content_)->raw.status; }

  /// Why there is no value, by copy; CORACLE_OK and an empty sentence where there is one.
  coracle::error error() const noexcept {
    return coracle::error(*this ? detail::failure().raw : std::get_if<1>(&content_)->raw);
  }

  /// The value, which must be there: an assertion sees to it, in builds that have them.
  Value &operator*() & noexcept { return *checked(); }
  const Value &operator*() const & noexcept { return *const_cast<result *>(this)->checked(); }
  Value operator*() && noexcept { return std::move(*checked()); }
  Value *operator->() noexcept { return checked(); }
  const Value *operator->() const noexcept { return const_cast<result *>(this)->checked(); }

#if defined(__cpp_exceptions)
  /// The value. Throws coracle::error where there is none.
  Value &value() & { return require(), *checked(); }
  const Value &value() const & { return require(), **this; }
  Value value() && { return require(), std::move(*checked()); }
#endif

 private:
  std::variant<Value, detail::failure> content_;

  Value *checked() noexcept {
    assert(*this && "a result without a value was read");
    return std::get_if<0>(&content_);
  }

#if defined(__cpp_exceptions)
  void require() const {
    if (!*this) throw error();
  }
#endif
};

/// The result of a call that gives nothing.
template <>
class [[nodiscard]] result<void> {
 public:
  /// Success.
  result() noexcept = default;
  result(const detail::failure &failure) noexcept : failure_(failure) {}

  /// Whether the call succeeded.
  explicit operator bool() const noexcept { return failure_.raw.status == CORACLE_OK; }
  coracle_status status() const noexcept { return failure_.raw.status; }
  coracle::error error() const noexcept { return coracle::error(failure_.raw); }

#if defined(__cpp_exceptions)
  /// Throws coracle::error where the call failed.
  void value() const {
    if (!*this) throw error();
  }
#endif

 private:
  detail::failure failure_;
};

CORACLE_HPP_END

#endif
