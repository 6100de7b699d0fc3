// SPDX-License-Identifier: Apache-2.0
/// C++ costs what C costs: times the same run through both, in turns, and compares the quickest. overhead FOLDER_OF_MODELS
#include <coracle.hpp>

#include <algorithm>
#include <chrono>
#include <string>

namespace {

constexpr int rounds = 60, runs = 2000;

template <typename Run>
double nanoseconds_of(Run run) {
  const auto start = std::chrono::steady_clock::now();
  for (int index = 0; index < runs; index++) run();
  const std::chrono::duration<double, std::nano> elapsed = std::chrono::steady_clock::now() - start;
  return elapsed.count() / runs;
}

}  // namespace

int main(int count, char **arguments) {
  if (count != 2) return 2;
  const auto model = coracle::model::open_file((std::string(arguments[1]) + "/small.coracle").c_str());
  if (!model) return 1;
  auto session = coracle::session::create(*model);
  if (!session || !session->prepare()) return 1;
  coracle_session *handle = session->handle();
  float sum = 0;

  const auto in_c = [&] {
    coracle_error error = CORACLE_ERROR_INIT;
    coracle_tensor input = CORACLE_TENSOR_INIT, output = CORACLE_TENSOR_INIT;
    if (coracle_session_input(handle, 0, &input, &error)) return;
    static_cast<float *>(input.data)[0] = 1;
    if (coracle_session_run(handle, &error)) return;
    if (coracle_session_output(handle, 0, &output, &error)) return;
    sum += static_cast<float *>(output.data)[0];
  };
  const auto in_cpp = [&] {
    const auto input = session->input(0);
    if (!input) return;
    (*input->elements<float>())[0] = 1;
    if (!session->run()) return;
    const auto output = session->output(0);
    if (!output) return;
    sum += (*output->elements<const float>())[0];
  };

  double c = 1e9, cpp = 1e9;
  for (int round = 0; round < rounds; round++) {
    c = std::min(c, nanoseconds_of(in_c));
    cpp = std::min(cpp, nanoseconds_of(in_cpp));
  }
  // Equal but for some nanoseconds, which a busy machine and the place of a loop in memory leave undecided; an allocation or a copy costs more than a quarter.
  const bool equal = sum > 0 && cpp <= c * 1.25;
  std::printf("input, run and output: %.0f ns in C, %.0f ns in C++\n%d passed, %d failed\n", c, cpp, equal, !equal);
  return equal ? 0 : 1;
}
