// SPDX-License-Identifier: Apache-2.0
/// Sessions: a model made ready to run, with its own memory and threads.
#ifndef CORACLE_SESSION_HPP
#define CORACLE_SESSION_HPP

#include "model.hpp"
#include "profile.hpp"

#include <new>

CORACLE_HPP_BEGIN

/// How a session runs. What is left as it is takes its default.
struct session_options {
  /// Threads of a run, the caller's included; 0 = the profile's, or 1.
  std::uint32_t thread_count = 0;
  /// Most bytes that the session may allocate; 0 = the profile's, or no limit.
  std::uint64_t memory_budget = 0;
  /// What the run is sized by; NULL = the machine, detected. Copied.
  const coracle_profile *profile = nullptr;
  /// Backend names in the order of preference, separated by commas; NULL = the profile's.
  const char *backends = nullptr;
  /// Backends beside the built-in ones; the tables must outlive the session, the span need not. Their functions must not throw.
  span<const coracle_backend *const> extra_backends = {};
  /// NULL: the model's. Copied; its `user_data` must outlive the session. Its functions must not throw.
  const coracle_allocator *allocator = nullptr;
  /// Where empty: silence; operators are not timed; only session::cancel().
  log_function log = {};
  coracle::profile_function profile_function = {};
  cancel_function cancel = {};
};

/// A constant as a kernel reads it; see session::packed_input().
struct packed_input {
  coracle_packing packing;
  const void *data;
};

/// Owns a session: one thread at a time, except for cancel(). It keeps its model alive.
/// Functions that are not noexcept throw what a function of the options threw.
class session {
 public:
  /// Makes a session of `model`. Fails with CORACLE_UNSUPPORTED (an operator that no backend supports), CORACLE_NOT_FOUND (backend name),
  /// CORACLE_THREAD or CORACLE_OUT_OF_MEMORY.
  static result<session> create(const model &model, session_options options = {}) {
    coracle_session_options raw = CORACLE_SESSION_OPTIONS_INIT;
    detail::failure failure;
    session made;
    raw.thread_count = options.thread_count;
    raw.memory_budget = options.memory_budget;
    raw.profile = options.profile;
    raw.backends = options.backends;
    raw.extra_backends = options.extra_backends.data();
    raw.extra_backend_count = options.extra_backends.size();
    raw.allocator = options.allocator;
    if (options.log || options.profile_function || options.cancel) {
      made.callbacks_.reset(new (std::nothrow) detail::callbacks{});
      detail::callbacks *callbacks = made.callbacks_.get();
      if (callbacks == nullptr) {
        failure.raw.status = CORACLE_OUT_OF_MEMORY;
        std::snprintf(failure.raw.message, sizeof failure.raw.message, "there is no memory for the session's callbacks");
        return failure;
      }
      if (options.log) raw.log = detail::callbacks::call_log;
      if (options.profile_function) raw.profile_function = detail::callbacks::call_profile;
      // Always there: it ends a run in which one of the others threw.
      raw.cancel = detail::callbacks::call_cancel;
      raw.log_user_data = raw.profile_user_data = raw.cancel_user_data = callbacks;
      callbacks->log = std::move(options.log);
      callbacks->profile = std::move(options.profile_function);
      callbacks->cancel = std::move(options.cancel);
    }
    coracle_session *handle = nullptr;
    const coracle_status status = coracle_session_create(model.handle(), &raw, &handle, &failure.raw);
    made.handle_.reset(handle);
    if (made.callbacks_) made.callbacks_->rethrow();
    if (status != CORACLE_OK) return failure;
    return made;
  }

  session(session &&) noexcept = default;
  session &operator=(session &&other) noexcept {
    // The old session ends before the functions that it may call.
    handle_ = std::move(other.handle_);
    callbacks_ = std::move(other.callbacks_);
    return *this;
  }

  /// Sets the shape of input `index` for the runs that follow; needed where the model leaves it open. A binding of that input is undone.
  /// Fails with CORACLE_INVALID_ARGUMENT or CORACLE_INVALID_SHAPE (a rank or an extent that the model fixes differently).
  result<void> resize_input(std::size_t index, const shape &shape) {
    return done([&](coracle_error *error) { return coracle_session_resize_input(handle(), index, shape.data(), shape.rank(), error); });
  }

  /// Tells what the session needs at the present input shapes, before any of it is allocated.
  result<coracle_memory> memory() {
    return told<coracle_memory>([&](coracle_memory &found, coracle_error *error) { return coracle_session_memory(handle(), &found, error); },
                                coracle_memory CORACLE_MEMORY_INIT);
  }

  /// Plans and allocates for the present input shapes; a run does it where it was not done. Fails with CORACLE_CORRUPT (damaged weights),
  /// CORACLE_INVALID_SHAPE (names operator and tensor), CORACLE_OVER_BUDGET or CORACLE_OUT_OF_MEMORY.
  result<void> prepare() {
    return done([&](coracle_error *error) { return coracle_session_prepare(handle(), error); });
  }

  /// A view of the session's own buffer of input `index`, to be written before a run. Prepares if needed.
  /// Valid until the next resize, bind or end of the session; runs leave it as it is.
  result<coracle::tensor> input(std::size_t index) {
    return told<coracle::tensor>([&](coracle::tensor &view, coracle_error *error) { return coracle_session_input(handle(), index, view.raw(), error); });
  }

  /// Makes the runs that follow read input `index` from the caller's memory, without a copy. The type must be the model's; the shape becomes
  /// the input's. The memory must stay until the binding is undone by another bind, a resize or unbind_input().
  result<void> bind_input(std::size_t index, const coracle::tensor &tensor) {
    return done([&](coracle_error *error) { return coracle_session_bind_input(handle(), index, tensor.raw(), error); });
  }
  result<void> unbind_input(std::size_t index) {
    return done([&](coracle_error *error) { return coracle_session_bind_input(handle(), index, nullptr, error); });
  }

  /// Makes the runs that follow write output `index` into `elements`, without a copy. Type and shape are the model's; the view that output()
  /// gives tells them. A run whose output does not fit fails with CORACLE_INVALID_SHAPE. Undone by unbind_output().
  template <typename Element>
  result<void> bind_output(std::size_t index, span<Element> elements) {
    static_assert(!std::is_const_v<Element>, "an output is written");
    const coracle::tensor tensor(elements, {static_cast<std::int64_t>(elements.size())});
    return done([&](coracle_error *error) { return coracle_session_bind_output(handle(), index, tensor.raw(), error); });
  }
  template <typename Container>
  result<void> bind_output(std::size_t index, Container &elements) {
    return bind_output(index, span(elements));
  }
  result<void> unbind_output(std::size_t index) {
    return done([&](coracle_error *error) { return coracle_session_bind_output(handle(), index, nullptr, error); });
  }

  /// Runs the model once. Prepares if needed; a run after the first at the same shapes allocates nothing.
  /// After a failure, outputs are unspecified and the session can run again.
  result<void> run() {
    return done([&](coracle_error *error) { return coracle_session_run(handle(), error); });
  }

  /// A view of output `index` after a run: type, shape and data. Valid until the next run, resize, bind or end of the session.
  result<coracle::tensor> output(std::size_t index) {
    return told<coracle::tensor>([&](coracle::tensor &view, coracle_error *error) { return coracle_session_output(handle(), index, view.raw(), error); });
  }

  /// Asks the run in progress, if any, to end before its next operator with CORACLE_CANCELLED. Any thread; a later run is not affected.
  void cancel() noexcept { coracle_session_cancel(handle()); }

  /// The number of operators in the plan, subgraphs included, and of tensors of the model.
  std::size_t node_count() const noexcept { return coracle_session_node_count(handle()); }
  std::size_t tensor_count() const noexcept { return coracle_session_tensor_count(handle()); }

  /// Describes operator `index` of the plan; its texts live as long as the session. Fails with CORACLE_INVALID_ARGUMENT.
  result<coracle_node_plan> node(std::size_t index) const {
    return told<coracle_node_plan>(
        [&](coracle_node_plan &found, coracle_error *error) { return coracle_session_node(handle(), index, &found, error); },
        coracle_node_plan CORACLE_NODE_PLAN_INIT);
  }

  /// The tensor index of output `output` of operator `index`. Fails with CORACLE_INVALID_ARGUMENT.
  result<std::size_t> node_output(std::size_t index, std::size_t output) const {
    return told<std::size_t>([&](std::size_t &found, coracle_error *error) {
      return coracle_session_node_output(handle(), index, output, &found, error);
    });
  }

  /// The `position`th constant that operator `index` of a prepared session reads packed; it lives as long as the model.
  /// Fails with CORACLE_INVALID_ARGUMENT where there is none.
  result<coracle::packed_input> packed_input(std::size_t index, std::size_t position) const {
    return told<coracle::packed_input>([&](coracle::packed_input &found, coracle_error *error) {
      return coracle_session_packed_input(handle(), index, position, &found.packing, &found.data, error);
    });
  }

  /// Type and shape of tensor `index` in the present plan. Fails with CORACLE_INVALID_ARGUMENT.
  result<coracle::tensor> tensor(std::size_t index) const {
    return told<coracle::tensor>([&](coracle::tensor &found, coracle_error *error) {
      return coracle_session_tensor(handle(), index, found.raw(), nullptr, error);
    });
  }

  /// Where tensor `index` lies in the present plan. Fails with CORACLE_INVALID_ARGUMENT.
  result<coracle_tensor_plan> tensor_plan(std::size_t index) const {
    return told<coracle_tensor_plan>(
        [&](coracle_tensor_plan &found, coracle_error *error) { return coracle_session_tensor(handle(), index, nullptr, &found, error); },
        coracle_tensor_plan CORACLE_TENSOR_PLAN_INIT);
  }

  /// C's handle, still owned by this object; NULL where it was moved from.
  coracle_session *handle() const noexcept { return handle_.get(); }

 private:
  struct destroyer {
    void operator()(coracle_session *session) const noexcept { coracle_session_destroy(session); }
  };
  std::unique_ptr<detail::callbacks> callbacks_;
  std::unique_ptr<coracle_session, destroyer> handle_;

  session() noexcept = default;

  template <typename Call>
  result<void> done(Call call) {
    detail::failure failure;
    const coracle_status status = call(&failure.raw);
    if (callbacks_) callbacks_->rethrow();
    if (status != CORACLE_OK) return failure;
    return {};
  }

  /// What `call` tells, filled where it is returned.
  template <typename Value, typename Call, typename... Initial>
  result<Value> told(Call call, const Initial &...initial) const {
    result<Value> answer(std::in_place, initial...);
    detail::failure failure;
    const coracle_status status = call(*answer, &failure.raw);
    if (callbacks_) callbacks_->rethrow();
    if (status != CORACLE_OK) answer = failure;
    return answer;
  }
};

CORACLE_HPP_END

#endif
