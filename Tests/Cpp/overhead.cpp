// SPDX-License-Identifier: Apache-2.0
/// The same run through C or through C++, for a count of their instructions: overhead FOLDER_OF_MODELS c|cpp RUNS
#include <coracle.hpp>

#include <cstdlib>
#include <string>

int main(int count, char **arguments) {
  if (count != 4) return 2;
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

  const bool is_cpp = std::string(arguments[2]) == "cpp";
  for (int left = std::atoi(arguments[3]); left > 0; left--) is_cpp ? in_cpp() : in_c();
  return sum > 0 ? 0 : 1;
}
