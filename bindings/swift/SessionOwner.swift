// Who ends a session, and what other threads may do with it. SPDX-License-Identifier: Apache-2.0
import CCoracle
import CoracleABI

/// Owns C's session together with the closures that it calls, for as long as a session, a tensor or a canceller needs it.
final class SessionOwner {
  let handle: OpaquePointer
  private let callbacks: Callbacks

  init(_ model: Model, _ options: SessionOptions) throws(CoracleError) {
    let callbacks = Callbacks(log: options.log, profile: options.profileFunction, cancel: options.cancel)
    handle = try options.withOptions(callbacks) { options throws(CoracleError) in
      try made { session, error in coracle_session_create(model.handle, options, session, error) }
    }
    self.callbacks = callbacks
  }

  // The closures end after this: C's session may log until it has ended.
  deinit { coracle_session_destroy(handle) }
}

/// Ends runs of a session, from any thread. It keeps the session's memory alive.
// Unchecked because it holds C's pointer; coracle_session_cancel() is allowed from any thread.
public struct Canceller: @unchecked Sendable {
  let owner: SessionOwner

  /// Asks the run in progress, if any, to end before its next operator with `cancelled`; a later run is not affected.
  public func cancel() { coracle_session_cancel(owner.handle) }
}

/// How often something has changed in a session.
final class ChangeCounter {
  fileprivate var count: UInt64 = 0

  func change() { count &+= 1 }

  var now: ChangeCount { ChangeCount(counter: self, count: count) }
}

/// A moment between two changes.
struct ChangeCount {
  fileprivate let counter: ChangeCounter
  fileprivate let count: UInt64

  /// Whether nothing has changed since.
  var isCurrent: Bool { counter.count == count }
}
