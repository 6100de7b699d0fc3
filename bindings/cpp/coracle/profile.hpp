// SPDX-License-Identifier: Apache-2.0
/// Hardware profiles: the machine as data, which sizes the run.
#ifndef CORACLE_PROFILE_HPP
#define CORACLE_PROFILE_HPP

#include "callbacks.hpp"

#include <cstddef>

CORACLE_HPP_BEGIN

/// What a run is sized by: C's plain data, with the functions that fill it. Copy it, change it, pass it in the session options.
struct profile : coracle_profile {
  /// Nothing known: every figure 0.
  profile() noexcept : coracle_profile CORACLE_PROFILE_INIT {}

  /// The number of profiles that the library carries.
  static std::size_t count() noexcept { return coracle_profile_count(); }

  /// The stock profile at `index`. Fails with CORACLE_INVALID_ARGUMENT.
  static result<profile> at(std::size_t index) noexcept {
    return made([&](profile *target, coracle_error *error) { return coracle_profile_at(index, target, error); });
  }

  /// The stock profile called `name`. Fails with CORACLE_NOT_FOUND.
  static result<profile> find(const char *name) noexcept {
    return made([&](profile *target, coracle_error *error) { return coracle_profile_find(name, target, error); });
  }

  /// Describes the machine that this runs on, as its processor and operating system tell.
  static result<profile> detect() noexcept {
    return made([](profile *target, coracle_error *error) { return coracle_profile_detect(target, error); });
  }

  /// Reads the profile in the `size` bytes at `text`, JSON, at most a megabyte. Fields that are not known are skipped, with a warning to `log`,
  /// which may be empty. Fails with CORACLE_INVALID_ARGUMENT; the sentence names line and field. Throws what `log` throws.
  static result<profile> parse(const char *text, std::size_t size, const log_function &log = {}) {
    return logged(log, [&](coracle_log_function line, void *user_data, profile *target, coracle_error *error) {
      return coracle_profile_parse(text, size, line, user_data, target, error);
    });
  }

  /// The same of a file. Fails with CORACLE_IO too.
  static result<profile> load(const char *path, const log_function &log = {}) {
    return logged(log, [&](coracle_log_function line, void *user_data, profile *target, coracle_error *error) {
      return coracle_profile_load(path, line, user_data, target, error);
    });
  }

 private:
  template <typename Call>
  static result<profile> made(Call call) noexcept {
    profile target;
    detail::failure failure;
    if (call(&target, &failure.raw) != CORACLE_OK) return failure;
    return target;
  }

  template <typename Call>
  static result<profile> logged(const log_function &log, Call call) {
    detail::callbacks callbacks;
    callbacks.log = log;
    auto answer = made([&](profile *target, coracle_error *error) {
      return call(log ? detail::callbacks::call_log : nullptr, &callbacks, target, error);
    });
    callbacks.rethrow();
    return answer;
  }
};

CORACLE_HPP_END

#endif
