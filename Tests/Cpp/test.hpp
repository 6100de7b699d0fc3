// SPDX-License-Identifier: Apache-2.0
/// What the C++ tests share.
#ifndef TEST_HPP
#define TEST_HPP

#include <coracle.hpp>

#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

/// Counts and prints what does not hold; the test goes on. Gives `holds`.
bool check(bool holds, const char *what, const char *file, int line);
#define CHECK(condition) check(static_cast<bool>(condition), #condition, __FILE__, __LINE__)

/// The call must fail with `expected`, and the error must say so with a sentence.
template <typename Result>
bool check_fails(coracle_status expected, const Result &result, const char *what, const char *file, int line) {
  const coracle::error error = result.error();
  return check(!result && result.status() == expected && error.status() == expected && error.message()[0] != 0 &&
                   std::strcmp(error.what(), error.message()) == 0 && std::strcmp(error.name(), coracle_status_name(expected)) == 0,
               what, file, line);
}
#define CHECK_FAILS(expected, call) check_fails((expected), (call), #call, __FILE__, __LINE__)

/// The path of a model that Tests/ABI/make_models.py wrote.
std::string model_path(const char *name);

/// The path of a shared library that Tests/ABI/loaded_backend.c became.
std::string backend_path(const char *name);

/// Opens such a model, which must work.
coracle::result<coracle::model> open_model(const char *name);

void test_values();
void test_models();
void test_profiles();
void test_sessions();
void test_bindings();
void test_callbacks();
void test_exceptions();

#endif
