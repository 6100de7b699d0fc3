// What went wrong: a status, and one English sentence about it. SPDX-License-Identifier: Apache-2.0
import CCoracle

/// Result of a call, with the values of coracle/status.h, which are pinned for ever.
public struct Status: RawRepresentable, Hashable, Sendable {
  public let rawValue: Int32
  public init(rawValue: Int32) { self.rawValue = rawValue }

  public static let invalidArgument = Status(CORACLE_INVALID_ARGUMENT)
  public static let notFound = Status(CORACLE_NOT_FOUND)
  public static let invalidShape = Status(CORACLE_INVALID_SHAPE)
  public static let invalidType = Status(CORACLE_INVALID_TYPE)
  public static let outOfRange = Status(CORACLE_OUT_OF_RANGE)
  public static let outOfMemory = Status(CORACLE_OUT_OF_MEMORY)
  public static let overBudget = Status(CORACLE_OVER_BUDGET)
  public static let io = Status(CORACLE_IO)
  public static let thread = Status(CORACLE_THREAD)
  public static let notAModel = Status(CORACLE_NOT_A_MODEL)
  public static let newerVersion = Status(CORACLE_NEWER_VERSION)
  public static let corrupt = Status(CORACLE_CORRUPT)
  public static let invalidModel = Status(CORACLE_INVALID_MODEL)
  public static let unsupported = Status(CORACLE_UNSUPPORTED)
  public static let cancelled = Status(CORACLE_CANCELLED)
  public static let backendFailed = Status(CORACLE_BACKEND_FAILED)
  public static let `internal` = Status(CORACLE_INTERNAL)

  /// The status's name in C, such as "CORACLE_INVALID_SHAPE".
  public var name: String { String(cString: coracle_status_name(rawValue)) }

  private init(_ value: some BinaryInteger) { rawValue = Int32(truncatingIfNeeded: value) }
}

/// Why a call failed. Functions of this module throw nothing else, except what a closure throws that was passed to them.
public struct CoracleError: Error, CustomStringConvertible, Sendable {
  public let status: Status
  /// One sentence: which operator, which tensor, expected and found.
  public let message: String

  public var description: String { "\(status.name): \(message)" }
}

/// Runs `body` with an error object and throws what it leaves there.
func call(_ body: (UnsafeMutablePointer<coracle_error>) -> coracle_status) throws(CoracleError) {
  var error = coracle_error()
  error.struct_size = UInt32(MemoryLayout<coracle_error>.size)
  let status = body(&error)
  guard status != CORACLE_OK else { return }
  throw CoracleError(status: Status(rawValue: status), message: withUnsafeBytes(of: error.message, text))
}

/// The NUL-terminated text at the start of `bytes`.
func text(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
