// SPDX-License-Identifier: Apache-2.0
/// Log, profile and cancel functions, and what they throw.
#include "test.hpp"

#include <stdexcept>

namespace {

/// A session of `open` with one row of ones.
coracle::result<coracle::session> make(coracle::session_options options) {
  auto session = coracle::session::create(*open_model("open"), std::move(options));
  if (CHECK(session && session->resize_input(0, {1, 4}))) {
    for (float &element : *session->input(0)->elements<float>()) element = 1;
  }
  return session;
}

}  // namespace

void test_callbacks() {
  int lines = 0, timings = 0, questions = 0, cancel_at = 0;
  coracle::session *running = nullptr;
  coracle::session_options options;
  options.log = [&](coracle_log_level, const char *message) { lines += message[0] != 0; };
  options.profile_function = [&](const coracle_node_timing &timing) {
    timings += std::strcmp(timing.operator_name, "binary") == 0;
    if (running != nullptr) running->cancel();
  };
  options.cancel = [&] { return ++questions == cancel_at; };
  auto session = make(options);
  if (!session) return;
  CHECK(session->run() && lines > 0 && timings == 3 && questions == 3);
  cancel_at = questions + 2;
  CHECK_FAILS(CORACLE_CANCELLED, session->run());
  CHECK(session->run());
  running = &*session;
  timings = 0;
  CHECK_FAILS(CORACLE_CANCELLED, session->run());
  CHECK(timings == 1);
  running = nullptr;

  // The functions move with the session.
  coracle::session moved = *std::move(session);
  timings = 0;
  CHECK(moved.run() && timings == 3);
  auto other = make({});
  moved = *std::move(other);
  timings = 0;
  CHECK(moved.run() && timings == 0);
}

#if defined(__cpp_exceptions)
namespace {

struct interruption {
  int number;
};

/// Whether the call throws the interruption `number`.
template <typename Call>
bool throws(int number, Call call) {
  try {
    call();
  } catch (const interruption &thrown) {
    return thrown.number == number;
  }
  return false;
}

void exceptions_of_callbacks_come_back() {
  int timings = 0, throw_at = 0;
  bool log_throws = false, cancel_throws = false;
  coracle::session_options options;
  options.log = [&](coracle_log_level, const char *) { if (log_throws) throw interruption{1}; };
  options.profile_function = [&](const coracle_node_timing &) { if (++timings == throw_at) throw interruption{2}; };
  options.cancel = [&]() -> bool { return cancel_throws ? throw interruption{3} : false; };
  auto session = make(options);
  if (!session) return;
  // At each operator, the last one too; the run ends there, and the session runs again.
  for (throw_at = 1; throw_at <= 3; throw_at++) {
    timings = 0;
    CHECK(throws(2, [&] { (void)session->run(); }) && timings == throw_at);
  }
  throw_at = 0;
  CHECK(session->run());
  cancel_throws = true;
  CHECK(throws(3, [&] { (void)session->run(); }));
  cancel_throws = false;
  log_throws = true;
  CHECK(session->resize_input(0, {2, 4}) && throws(1, [&] { (void)session->prepare(); }));
  CHECK(session->resize_input(0, {3, 4}) && throws(1, [&] { (void)session->input(0); }));
  CHECK(session->resize_input(0, {4, 4}) && throws(1, [&] { (void)session->run(); }));
  log_throws = false;
  for (float &element : *session->input(0)->elements<float>()) element = 1;
  CHECK(session->run() && (*session->output(0)->elements<float>())[3] == 5);

  // A profile function alone has the cancel question asked for it.
  coracle::session_options alone;
  alone.profile_function = [&](const coracle_node_timing &) { if (++timings == 1) throw interruption{4}; };
  timings = 0;
  auto other = make(alone);
  CHECK(throws(4, [&] { (void)other->run(); }) && timings == 1 && other->run());

  // While a session is made, and while a profile is read.
  coracle::profile profile = coracle::profile::find("generic-x86-64").value();
  std::snprintf(profile.backends, sizeof profile.backends, "abacus,generic");
  coracle::session_options warned;
  warned.profile = &profile;
  warned.log = [](coracle_log_level, const char *) { throw interruption{5}; };
  const auto model = open_model("small");
  CHECK(throws(5, [&] { (void)coracle::session::create(*model, warned); }));
  const char text[] = "{\"name\": \"a\", \"core_count\": 1, \"thread_count\": 1, \"level1_bytes\": 0, \"level2_bytes\": 0,"
                      " \"level3_bytes\": 0, \"memory_budget\": 0, \"backends\": [\"generic\"], \"colour\": \"red\"}";
  CHECK(throws(5, [&] { (void)coracle::profile::parse(text, std::strlen(text), warned.log); }));
}

void value_throws_what_went_wrong() {
  bool caught = false;
  try {
    (void)coracle::model::open_file("there is no such file").value();
  } catch (const std::exception &failure) {
    caught = std::strlen(failure.what()) > 0;
  }
  CHECK(caught);
  auto session = coracle::session::create(coracle::model::open_file(model_path("small").c_str()).value()).value();
  coracle_status status = CORACLE_OK;
  try {
    session.resize_input(0, {9, 9, 9}).value();
  } catch (const coracle::error &failure) {
    status = failure.status();
  }
  CHECK(status == CORACLE_INVALID_SHAPE);
  for (float &element : session.input(0).value().elements<float>().value()) element = 2;
  session.run().value();
  const auto output = session.output(0);
  CHECK(output.value().elements<float>().value()[0] == 3);
}

}  // namespace
#endif

void test_exceptions() {
#if defined(__cpp_exceptions)
  exceptions_of_callbacks_come_back();
  value_throws_what_went_wrong();
#endif
}
