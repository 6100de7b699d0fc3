// SPDX-License-Identifier: Apache-2.0
/// Sessions: running, resizing, binding, moving, and ending in any order.
#include "test.hpp"

namespace {

/// Runs `small` or `open` on x = 0, 1, 2 … and compares both outputs with the formula: y = x + 1, 2, 3, 4, z = y y - x.
void run_and_check(coracle::session &session, std::size_t rows) {
  auto x = session.input(0);
  if (!CHECK(x && x->elements<float>()->size() == rows * 4)) return;
  float next = 0;
  for (float &element : *x->elements<float>()) element = next++;
  if (!CHECK(session.run())) return;
  const auto y = session.output(0), z = session.output(1);
  if (!CHECK(y && z && z->shape() == coracle::shape({static_cast<std::int64_t>(rows), 4}))) return;
  for (std::size_t index = 0; index < rows * 4; index++) {
    const float in = static_cast<float>(index), sum = in + static_cast<float>(index % 4 + 1);
    CHECK((*y->elements<const float>())[index] == sum);
    CHECK((*z->elements<const float>())[index] == sum * sum - in);
  }
}

coracle::result<coracle::session> make(const char *name, coracle::session_options options = {}) {
  // The model ends here: the session keeps what it needs.
  auto session = coracle::session::create(*open_model(name), std::move(options));
  CHECK(session);
  return session;
}

void reports_describe_the_plan() {
  auto session = make("small");
  CHECK(session->prepare() && session->node_count() == 3 && session->tensor_count() > 3);
  const auto node = session->node(0);
  CHECK(node && std::strcmp(node->operator_name, "binary") == 0 && node->output_count == 1);
  const auto output = session->node_output(0, 0);
  CHECK(output && *output == static_cast<std::size_t>(node->first_output));
  CHECK(session->tensor(*output)->shape() == coracle::shape({1, 4}) && session->tensor_plan(*output)->byte_count == 16);
  CHECK(session->memory()->weight_bytes > 0);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, session->node(3));
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, session->node_output(0, 1));
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, session->packed_input(0, 0));
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, session->tensor(session->tensor_count()));
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, session->tensor_plan(session->tensor_count()));
}

void moved_from_sessions_hold_nothing() {
  auto first = make("small");
  auto second = make("open");
  coracle::session moved = *std::move(first);
  run_and_check(moved, 1);
  CHECK(first->handle() == nullptr && first->node_count() == 0);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, first->run());
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, first->input(0));
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, first->output(0));
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, first->resize_input(0, {1, 4}));
  first->cancel();
  // The session that is assigned to ends; the other lives on in it.
  moved = *std::move(second);
  CHECK(moved.resize_input(0, {3, 4}));
  run_and_check(moved, 3);
}

coracle_status support_nothing(void *, const coracle_node *, const coracle_placement *, coracle_support *) { return CORACLE_UNSUPPORTED; }
coracle_status never(void *, const coracle_node *, const coracle_execution *, coracle_error *) { return CORACLE_INTERNAL; }

void loaded_backends_run() {
  CHECK_FAILS(CORACLE_IO, coracle::loaded_backend::load(backend_path("absent").c_str()));
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle::loaded_backend::load(backend_path("no_function").c_str()));
  auto backend = coracle::loaded_backend::load(backend_path("good").c_str());
  if (!CHECK(backend)) return;
  auto moved = std::move(*backend);
  CHECK(backend->table() == nullptr);
  const coracle_backend *const tables[] = {moved.table()};
  coracle::session_options options;
  options.extra_backends = tables;
  auto session = coracle::session::create(*open_model("small"), options);
  if (CHECK(session)) CHECK(std::strcmp(session->node(0)->backend_name, "sevens") == 0);
}

void options_reach_the_library() {
  const coracle_backend table = {CORACLE_BACKEND_VERSION, 0, "mine", nullptr, support_nothing, nullptr, never, nullptr, nullptr};
  const coracle_backend *const tables[] = {&table};
  auto model = open_model("small");
  coracle::session_options options;
  options.thread_count = 257;
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle::session::create(*model, options));
  options.thread_count = 2;
  options.backends = "abacus";
  CHECK_FAILS(CORACLE_NOT_FOUND, coracle::session::create(*model, options));
  options.backends = "mine";
  CHECK_FAILS(CORACLE_NOT_FOUND, coracle::session::create(*model, options));
  options.extra_backends = tables;
  CHECK_FAILS(CORACLE_UNSUPPORTED, coracle::session::create(*model, options));
  options.backends = "mine,generic";
  auto session = coracle::session::create(*model, options);
  if (CHECK(session)) run_and_check(*session, 1);
  coracle::session_options poor;
  poor.memory_budget = 1;
  CHECK_FAILS(CORACLE_OVER_BUDGET, coracle::session::create(*model, poor)->prepare());
}

}  // namespace

void test_sessions() {
  auto session = make("open");
  CHECK_FAILS(CORACLE_INVALID_SHAPE, session->run());
  for (const std::size_t rows : {3u, 1u, 100u, 7u}) {
    CHECK(session->resize_input(0, {static_cast<std::int64_t>(rows), 4}));
    run_and_check(*session, rows);
  }
  // A rank is refused at once, an extent that an operator cannot follow when its shapes are worked out.
  CHECK_FAILS(CORACLE_INVALID_SHAPE, session->resize_input(0, {2}));
  CHECK(session->resize_input(0, {2, 5}));
  CHECK_FAILS(CORACLE_INVALID_SHAPE, session->prepare());
  CHECK(session->resize_input(0, {7, 4}));
  CHECK(!session->resize_input(0, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1}));
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, session->resize_input(1, {2, 4}));
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, session->input(1));
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, session->output(2));
  run_and_check(*session, 7);
  reports_describe_the_plan();
  moved_from_sessions_hold_nothing();
  options_reach_the_library();
  loaded_backends_run();
}

void test_bindings() {
  auto session = make("open");
  const std::vector<float> x = {1, 2, 3, 4, 5, 6, 7, 8};
  std::vector<float> y(8), z(4);
  std::vector<std::int64_t> numbers(8);
  CHECK(session->bind_input(0, coracle::tensor(x, {2, 4})) && session->bind_output(0, y) && session->run());
  // Without a copy: the views are the caller's memory.
  CHECK(session->output(0)->data() == y.data() && session->output(0)->shape() == coracle::shape({2, 4}));
  CHECK(y[0] == 2 && y[7] == 12 && (*session->output(1)->elements<float>())[7] == 136);
  CHECK(session->bind_output(1, z));
  CHECK_FAILS(CORACLE_INVALID_SHAPE, session->run());
  CHECK(session->unbind_output(1) && session->run() && session->output(1)->data() != z.data());

  CHECK_FAILS(CORACLE_INVALID_TYPE, session->bind_input(0, coracle::tensor(numbers, {2, 4})));
  CHECK(!session->bind_input(0, coracle::tensor(x, {3, 4})));
  CHECK(!session->bind_input(0, coracle::tensor(x, {1, 1, 1, 1, 1, 1, 1, 2, 4})));
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, session->bind_input(1, coracle::tensor(x, {2, 4})));
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, session->bind_output(2, y));
  y.assign(8, 0);
  CHECK(session->run() && y[7] == 12);
  CHECK(session->bind_input(0, coracle::tensor(x, {4, 2})));
  CHECK_FAILS(CORACLE_INVALID_SHAPE, session->run());
  CHECK(session->unbind_input(0) && session->unbind_output(0) && session->resize_input(0, {5, 4}));
  run_and_check(*session, 5);
}
