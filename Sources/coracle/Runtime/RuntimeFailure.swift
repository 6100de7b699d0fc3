// From the C API's statuses to Swift errors. SPDX-License-Identifier: Apache-2.0
import CCoracle

/// Makes a call of the C API and throws the sentence that it leaves when it fails.
func calling(_ body: (UnsafeMutablePointer<coracle_error>) -> coracle_status) throws {
  var error = coracle_error()
  error.struct_size = UInt32(MemoryLayout<coracle_error>.size)
  let status = body(&error)
  guard status != 0 else { return }
  let message = withUnsafeBytes(of: &error.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  let name = String(cString: coracle_status_name(status))
  throw Failure(message.isEmpty ? "the call failed with \(name)" : "\(message) (\(name))")
}
