// What the library asks of its host, as Swift closures. SPDX-License-Identifier: Apache-2.0
import CCoracle

/// How much a log line matters.
public enum LogLevel: Int32, Sendable {
  /// Something will be slower or larger than it could be.
  case warning = 1
  /// What was planned and chosen.
  case information = 2
}

/// Receives one line of text, without a line end, on the thread that made the call.
public typealias LogFunction = (LogLevel, String) -> Void

/// Receives the time of one executed operator, on the thread that called run.
public typealias ProfileFunction = (NodeTiming) -> Void

/// Asked between operators of a run, on the thread that called run: true ends the run with `cancelled`.
public typealias CancelFunction = () -> Bool

/// One executed operator, as the profile function sees it.
public struct NodeTiming: Sendable {
  /// Position in the plan, as in `Session.node(_:)`.
  public let nodeIndex: Int
  /// The node's name in the model; may be empty.
  public let name: String
  /// Such as "convolution".
  public let operatorName: String
  /// Such as "generic".
  public let backendName: String
  /// Wall time of this execution.
  public let nanoseconds: UInt64

  init(_ timing: coracle_node_timing) {
    nodeIndex = Int(timing.node_index)
    name = string(timing.name)
    operatorName = string(timing.operator_name)
    backendName = string(timing.backend_name)
    nanoseconds = timing.nanoseconds
  }
}

/// The host's closures behind C's pointers, which do not own them.
final class Callbacks {
  private let log: LogFunction?
  private let profile: ProfileFunction?
  private let cancel: CancelFunction?

  init(log: LogFunction?, profile: ProfileFunction? = nil, cancel: CancelFunction? = nil) {
    self.log = log
    self.profile = profile
    self.cancel = cancel
  }

  var pointer: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

  var logFunction: coracle_log_function? {
    guard log != nil else { return nil }
    return { data, level, message in Callbacks.at(data)?.log?(LogLevel(rawValue: level) ?? .information, string(message)) }
  }

  var profileFunction: coracle_profile_function? {
    guard profile != nil else { return nil }
    return { data, timing in
      guard let timing else { return }
      Callbacks.at(data)?.profile?(NodeTiming(timing.pointee))
    }
  }

  var cancelFunction: coracle_cancel_function? {
    guard cancel != nil else { return nil }
    return { data in Callbacks.at(data)?.cancel?() == true ? 1 : 0 }
  }

  private static func at(_ pointer: UnsafeMutableRawPointer?) -> Callbacks? {
    pointer.map { Unmanaged<Callbacks>.fromOpaque($0).takeUnretainedValue() }
  }
}

/// C's text; empty for NULL.
func string(_ characters: UnsafePointer<CChar>?) -> String { characters.map { String(cString: $0) } ?? "" }
