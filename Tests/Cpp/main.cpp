// SPDX-License-Identifier: Apache-2.0
/// The C++ tests: cpp_tests FOLDER_OF_MODELS. Ends with "N passed, N failed".
#include "test.hpp"

namespace {
std::string folder;
int failures;
}  // namespace

bool check(bool holds, const char *what, const char *file, int line) {
  if (!holds) {
    failures++;
    std::fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
  }
  return holds;
}

std::string model_path(const char *name) { return folder + "/" + name + ".coracle"; }
std::string backend_path(const char *name) { return folder + "/backends/" + name + ".so"; }

coracle::result<coracle::model> open_model(const char *name) {
  auto model = coracle::model::open_file(model_path(name).c_str());
  CHECK(model);
  return model;
}

int main(int count, char **arguments) {
  struct {
    const char *name;
    void (*run)();
  } const tests[] = {{"values", test_values},     {"models", test_models},       {"profiles", test_profiles}, {"sessions", test_sessions},
                     {"bindings", test_bindings}, {"callbacks", test_callbacks}, {"exceptions", test_exceptions}};
  int passed = 0, failed = 0;
  if (count != 2) {
    std::fprintf(stderr, "usage: %s FOLDER_OF_MODELS\n", arguments[0]);
    return 2;
  }
  folder = arguments[1];
  for (const auto &test : tests) {
    failures = 0;
    test.run();
    if (failures == 0) {
      passed++;
    } else {
      failed++;
      std::fprintf(stderr, "failed: %s\n", test.name);
    }
  }
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
