// How a session runs. SPDX-License-Identifier: Apache-2.0
import CCoracle

/// How a session runs. What is left as it is takes its default.
public struct SessionOptions {
  /// Threads of a run, the caller's included; 0 = the profile's, or 1.
  public var threadCount = 0
  /// Most bytes that the session may allocate; 0 = the profile's, or no limit.
  public var memoryBudget: UInt64 = 0
  /// What the run is sized by; nil = the machine, detected.
  public var profile: Profile?
  /// Backend names in the order of preference, such as "tuned" and "generic"; empty = the profile's.
  public var backends: [String] = []
  /// nil: silence.
  public var log: LogFunction?
  /// nil: operators are not timed.
  public var profileFunction: ProfileFunction?
  /// nil: only `Canceller.cancel()`.
  public var cancel: CancelFunction?

  public init() {}

  /// Runs `body` with C's options, whose callbacks are those of `callbacks`.
  func withOptions<Answer>(_ callbacks: Callbacks, _ body: (UnsafePointer<coracle_session_options>) throws(CoracleError) -> Answer)
    throws(CoracleError) -> Answer
  {
    var options = coracle_session_options()
    options.struct_size = UInt32(MemoryLayout<coracle_session_options>.size)
    guard let threadCount = UInt32(exactly: threadCount) else {
      throw CoracleError(status: .invalidArgument, message: "a session cannot have \(threadCount) threads")
    }
    options.thread_count = threadCount
    options.memory_budget = memoryBudget
    options.log = callbacks.logFunction
    options.profile_function = callbacks.profileFunction
    options.cancel = callbacks.cancelFunction
    (options.log_user_data, options.profile_user_data, options.cancel_user_data) = (callbacks.pointer, callbacks.pointer, callbacks.pointer)
    let names = backends.isEmpty ? [] : Array(backends.joined(separator: ",").utf8CString)
    // Arrays and an optional that C takes by address; empty ones become NULL.
    let profiles = profile.map { [$0.figures] } ?? []
    return try names.withUnsafeBufferPointer { names throws(CoracleError) in
      try profiles.withUnsafeBufferPointer { profiles throws(CoracleError) in
        options.backends = names.isEmpty ? nil : names.baseAddress
        options.profile = profiles.isEmpty ? nil : profiles.baseAddress
        return try body(&options)
      }
    }
  }
}
