// SPDX-License-Identifier: Apache-2.0
// Classifies pictures and prints the five best labels of each.
//
//   classify MODEL.coracle LABELS PICTURE...
//
// Pictures are binary PPM, or PGM for a network of one channel; labels stand one a line. A picture is averaged to the network's size. Three channels
// are normalised by ImageNet's mean and deviation, as networks trained there expect; one channel goes from 0 to 1.
#include <coracle.hpp>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

struct picture {
  std::size_t width = 0, height = 0, channels = 0, largest = 0;
  std::vector<unsigned char> bytes;
};

static picture read_picture(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  picture result;
  char letter = 0, kind = 0;
  const auto number = [&](std::size_t &value) {
    while ((file >> std::ws).peek() == '#') file.ignore(1 << 20, '\n');
    file >> value;
  };
  file >> letter >> kind;
  number(result.width), number(result.height), number(result.largest);
  file.ignore();
  if (!file || letter != 'P' || (kind != '5' && kind != '6') || result.largest - 1 >= 255 || result.width - 1 >= 16384 || result.height - 1 >= 16384)
    throw std::runtime_error(path + ": not a binary PPM or PGM picture of 8 bits");
  result.channels = kind == '6' ? 3 : 1;
  result.bytes.resize(result.width * result.height * result.channels);
  if (!file.read(reinterpret_cast<char *>(result.bytes.data()), static_cast<std::streamsize>(result.bytes.size())))
    throw std::runtime_error(path + ": ends too early");
  return result;
}

// Writes the mean of the pixels that fall into each pixel of the network, channel after channel.
static void fill_input(const picture &from, coracle::span<float> input, std::size_t height, std::size_t width) {
  const float mean[] = {0.485f, 0.456f, 0.406f}, deviation[] = {0.229f, 0.224f, 0.225f};
  float *target = input.data();
  for (std::size_t channel = 0; channel < from.channels; channel++)
    for (std::size_t row = 0; row < height; row++)
      for (std::size_t column = 0; column < width; column++) {
        const std::size_t top = row * from.height / height, bottom = std::max(top + 1, (row + 1) * from.height / height);
        const std::size_t left = column * from.width / width, right = std::max(left + 1, (column + 1) * from.width / width);
        std::size_t sum = 0;
        for (std::size_t y = top; y < bottom; y++)
          for (std::size_t x = left; x < right; x++) sum += from.bytes[(y * from.width + x) * from.channels + channel];
        const float value = static_cast<float>(sum) / static_cast<float>(from.largest * (bottom - top) * (right - left));
        *target++ = from.channels == 3 ? (value - mean[channel]) / deviation[channel] : value;
      }
}

int main(int count, char **arguments) try {
  if (count < 4) {
    std::fprintf(stderr, "usage: %s MODEL.coracle LABELS PICTURE...\n", arguments[0]);
    return 2;
  }
  std::vector<std::string> labels;
  std::ifstream file(arguments[2]);
  for (std::string line; std::getline(file, line);) labels.push_back(line);

  const auto model = coracle::model::open_file(arguments[1]).value();
  auto session = coracle::session::create(model).value();
  auto shape = model.input(0).value().shape();
  if (shape.rank() != 4 || shape[2] < 1 || shape[3] < 1) throw std::runtime_error("the model does not take pictures of one size");
  session.resize_input(0, {1, shape[1], shape[2], shape[3]}).value();

  for (int argument = 3; argument < count; argument++) {
    const picture picture = read_picture(arguments[argument]);
    if (static_cast<std::int64_t>(picture.channels) != shape[1])
      throw std::runtime_error(std::string(arguments[argument]) + ": the model reads another number of channels");
    fill_input(picture, session.input(0).value().elements<float>().value(), static_cast<std::size_t>(shape[2]), static_cast<std::size_t>(shape[3]));
    session.run().value();
    const auto scores = session.output(0).value().elements<const float>().value();
    if (labels.size() != scores.size()) throw std::runtime_error("there are as many labels as scores, or should be");

    std::vector<std::size_t> order(scores.size());
    std::iota(order.begin(), order.end(), 0);
    const auto best = order.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(5, order.size()));
    std::partial_sort(order.begin(), best, order.end(), [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
    std::printf("%s\n", arguments[argument]);
    for (auto index = order.begin(); index != best; ++index) std::printf("  %.3f  %s\n", static_cast<double>(scores[*index]), labels[*index].c_str());
  }
} catch (const std::exception &failure) {
  std::fprintf(stderr, "%s\n", failure.what());
  return 1;
}
