// SPDX-License-Identifier: Apache-2.0
/// Results, spans, shapes, tensors, models and profiles.
#include "test.hpp"

#include <array>
#include <cstdlib>
#include <fstream>

static_assert(!std::is_copy_constructible_v<coracle::model> && std::is_nothrow_move_constructible_v<coracle::model>);
static_assert(!std::is_copy_constructible_v<coracle::session> && std::is_nothrow_move_constructible_v<coracle::session>);
static_assert(!std::is_copy_assignable_v<coracle::session> && std::is_nothrow_move_assignable_v<coracle::session>);
// As large as the pointers, and views that are copied like them.
static_assert(sizeof(coracle::model) == sizeof(void *) && sizeof(coracle::session) == 2 * sizeof(void *));
static_assert(sizeof(coracle::tensor) == sizeof(coracle_tensor) && std::is_trivially_copyable_v<coracle::tensor>);
static_assert(sizeof(coracle::profile) == sizeof(coracle_profile));
// A span of a temporary would dangle; one of constants must not become writable.
static_assert(!std::is_constructible_v<coracle::span<float>, std::vector<float>>);
static_assert(!std::is_constructible_v<coracle::span<float>, const std::vector<float> &>);
static_assert(std::is_constructible_v<coracle::span<const float>, const std::vector<float> &>);
static_assert(!std::is_constructible_v<coracle::span<float>, std::vector<double> &>);

namespace {

void spans_and_shapes() {
  float array[3] = {1, 2, 3};
  std::vector<float> vector(5, 4.f);
  const std::array<int, 2> constant = {6, 7};
  coracle::span<float> first(array), second(vector);
  coracle::span<const float> read_only(first);
  CHECK(first.size() == 3 && first.data() == array && first[2] == 3 && second.size() == 5 && second.end() - second.begin() == 5);
  CHECK(read_only.data() == array && coracle::span(constant)[1] == 7 && coracle::span<float>().empty());

  const std::int64_t extents[] = {1, 2, 3};
  coracle::shape shape = {1, 2, 3};
  CHECK(shape.rank() == 3 && shape[1] == 2 && shape == coracle::shape(extents, 3));
  CHECK(shape != coracle::shape({1, 2}) && shape != coracle::shape({1, 2, 4}) && coracle::shape().rank() == 0);
  const coracle::shape large = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  CHECK(large.rank() > CORACLE_MAX_RANK && large.end() - large.begin() == CORACLE_MAX_RANK);
}

void elements_have_one_type() {
  std::vector<std::int64_t> numbers = {1, 2};
  coracle::tensor tensor(numbers, {2, 1});
  CHECK(tensor.type() == CORACLE_INT64 && tensor.byte_count() == 16 && tensor.shape() == coracle::shape({2, 1}));
  CHECK(tensor.elements<std::int64_t>()->size() == 2 && (*tensor.elements<const std::int64_t>())[1] == 2);
  const auto wrong = tensor.elements<float>();
  CHECK_FAILS(CORACLE_INVALID_TYPE, wrong);
  CHECK(std::strstr(wrong.error().message(), "int64") != nullptr && std::strstr(wrong.error().message(), "float32") != nullptr);
  CHECK_FAILS(CORACLE_INVALID_TYPE, coracle::tensor().elements<float>());
}

void results_hold_one_of_two() {
  const auto none = coracle::model::open_file("there is no such file");
  CHECK_FAILS(CORACLE_IO, none);
  const auto some = open_model("small");
  CHECK(some && some.status() == CORACLE_OK && some.error().status() == CORACLE_OK && some.error().message()[0] == 0);
  coracle::result<void> nothing;
  CHECK(nothing && nothing.status() == CORACLE_OK && nothing.error().message()[0] == 0);
}

}  // namespace

void test_values() {
  spans_and_shapes();
  elements_have_one_type();
  results_hold_one_of_two();
}

void test_models() {
  auto opened = open_model("small");
  if (!opened) return;
  coracle::model model = *std::move(opened);
  CHECK(model.input_count() == 1 && model.output_count() == 2);
  const auto x = model.input(0);
  CHECK(x && std::strcmp(x->name(), "x") == 0 && x->shape() == coracle::shape({1, 4}) && x->type() == CORACLE_FLOAT32);
  CHECK(x->data() == nullptr && x->elements<float>()->empty());
  CHECK(*model.find_input("x") == 0 && *model.find_output("z") == 1 && std::strcmp(*model.metadata("source.format"), "tests") == 0);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, model.input(1));
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, model.output(2));
  CHECK_FAILS(CORACLE_NOT_FOUND, model.find_input("y"));
  CHECK_FAILS(CORACLE_NOT_FOUND, model.find_output("x"));
  CHECK_FAILS(CORACLE_NOT_FOUND, model.metadata("no such key"));
  CHECK(model.metadata_count() == 5 && std::strcmp(model.metadata_at(1)->key, "labels") == 0);
  CHECK(std::strcmp(model.metadata_at(1)->value, "eins\nzwei") == 0 && std::strcmp(model.metadata_at(4)->key, "") == 0);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, model.metadata_at(5));
  CHECK(model.test_vector_count() == 1 && (*model.test_vector(0, true, 0)->elements<const float>())[3] == 5);
  CHECK((*model.test_vector(0, false, 0)->elements<const float>())[0] == 1);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, model.test_vector(1, false, 0));

  // A moved-from model holds nothing and says so.
  coracle::model moved = std::move(model);
  CHECK(moved.input_count() == 1 && model.handle() == nullptr && model.input_count() == 0 && model.test_vector_count() == 0);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, model.input(0));
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle::session::create(model));
  model = std::move(moved);
  CHECK(model.input_count() == 1);

  // Bytes in memory: whole, shortened, misaligned, and no model at all.
  std::ifstream file(model_path("small"), std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  auto *memory = static_cast<unsigned char *>(std::aligned_alloc(64, (bytes.size() + 64 + 63) / 64 * 64));
  std::memcpy(memory, bytes.data(), bytes.size());
  {
    const auto whole = coracle::model::open_memory(memory, bytes.size());
    CHECK(whole && whole->output_count() == 2);
    CHECK_FAILS(CORACLE_CORRUPT, coracle::model::open_memory(memory, bytes.size() - 4096));
    CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle::model::open_memory(memory + 1, bytes.size()));
    CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle::model::open_memory(nullptr, bytes.size()));
  }
  std::memset(memory, 'x', bytes.size());
  CHECK_FAILS(CORACLE_NOT_A_MODEL, coracle::model::open_memory(memory, bytes.size()));
  std::free(memory);

  // Damaged weights are found by the first session that is prepared, unless they are trusted.
  const auto damaged = coracle::model::open_file(model_path("bad-segment-checksum").c_str());
  if (CHECK(damaged)) CHECK_FAILS(CORACLE_CORRUPT, coracle::session::create(*damaged)->prepare());
  coracle::model_options options;
  options.skip_weight_checksums = true;
  const auto trusted = coracle::model::open_file(model_path("bad-segment-checksum").c_str(), options);
  if (CHECK(trusted)) CHECK(coracle::session::create(*trusted)->prepare());
  CHECK_FAILS(CORACLE_INVALID_MODEL, coracle::model::open_file(model_path("bad-node-input").c_str()));
}

void test_profiles() {
  CHECK(coracle::profile::count() > 0 && coracle::profile::at(0));
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle::profile::at(coracle::profile::count()));
  CHECK_FAILS(CORACLE_NOT_FOUND, coracle::profile::find("abacus"));
  CHECK_FAILS(CORACLE_IO, coracle::profile::load("there is no such file"));
  CHECK(coracle::profile::detect()->core_count > 0 && coracle::profile().core_count == 0);
  auto board = coracle::profile::find("raspberry-pi-4");
  CHECK(board && board->core_count == 4 && std::strcmp(board->name, "raspberry-pi-4") == 0);

  const char text[] = "{\"name\": \"mine\", \"core_count\": 2, \"thread_count\": 2, \"level1_bytes\": 0, \"level2_bytes\": 0,"
                      " \"level3_bytes\": 0, \"memory_budget\": 10, \"backends\": [\"generic\"], \"colour\": \"red\"}";
  int warnings = 0;
  const auto parsed = coracle::profile::parse(text, std::strlen(text), [&](coracle_log_level level, const char *message) {
    warnings += level == CORACLE_LOG_WARNING && std::strstr(message, "colour") != nullptr;
  });
  CHECK(parsed && parsed->thread_count == 2 && warnings == 1 && coracle::profile::parse(text, std::strlen(text)));
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle::profile::parse("{", 1));

  // The budget of the profile, which the options take by pointer and copy.
  auto model = open_model("small");
  coracle::session_options options;
  options.profile = &*parsed;
  CHECK_FAILS(CORACLE_OVER_BUDGET, coracle::session::create(*model, options)->prepare());
}
