// SPDX-License-Identifier: Apache-2.0
/// Runs the embedded model and the one beside the program on the same picture: consumer MODEL.coracle. Their answers must be equal.
#include <coracle.hpp>
#include <digits_embedded_model.h>

#include <cmath>
#include <cstdio>

int main(int count, char **arguments) {
  if (count != 2) return 2;
  auto embedded = coracle::model::open_memory(digits_embedded_model, digits_embedded_model_size).value();
  auto beside = coracle::model::open_file(arguments[1]).value();
  // Only one of them was made for one picture.
  if (embedded.input(0).value().shape()[0] != -1 || beside.input(0).value().shape()[0] != 1) return 3;
  auto first = coracle::session::create(embedded).value();
  auto second = coracle::session::create(beside).value();
  float picture[64];
  for (int index = 0; index < 64; index++) picture[index] = static_cast<float>(index % 7) / 7;
  for (auto *session : {&first, &second}) {
    session->bind_input(0, coracle::tensor(picture, {1, 1, 8, 8})).value();
    session->run().value();
  }
  const auto left = first.output(0).value().elements<float>().value(), right = second.output(0).value().elements<float>().value();
  float sum = 0;
  for (std::size_t index = 0; index < left.size(); index++) {
    if (std::fabs(left[index] - right[index]) > 1e-5f) return 4;
    sum += left[index];
  }
  std::printf("%zu probabilities\n", left.size());
  return left.size() == 10 && std::fabs(sum - 1) < 1e-4f ? 0 : 5;
}
