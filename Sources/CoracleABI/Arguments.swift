// How C arguments become Swift values and back. SPDX-License-Identifier: Apache-2.0
import CCoracle
import Platform
import Runtime
import Tensors

/// The writer for the caller's error object; one without its `struct_size` is left alone.
func writer(_ error: UnsafeMutablePointer<coracle_error>?) -> ErrorWriter {
  guard let error, Int(error.pointee.struct_size) >= MemoryLayout<coracle_error>.size else { return ErrorWriter(nil) }
  return ErrorWriter(error)
}

/// Runs `body` and gives its status as C's.
@inline(__always)
func status(_ body: () throws(Status) -> Void) -> coracle_status {
  do {
    try body()
    return coracle_status(CORACLE_OK)
  } catch {
    return error.rawValue
  }
}

/// `pointer`, which the function does not do without.
@inline(__always)
func required<Pointer>(_ pointer: Pointer?, _ what: StaticString, _ error: ErrorWriter) throws(Status) -> Pointer {
  guard let pointer else { throw error.fail(.invalidArgument).text(what).text(" is NULL").status }
  return pointer
}

/// The caller's option struct over `defaults`: an older caller's is shorter, of a newer one's only the known part is read.
/// Every such struct starts with its size.
func options<Options>(_ pointer: UnsafePointer<Options>?, over defaults: Options, _ what: StaticString, _ error: ErrorWriter)
  throws(Status) -> Options
{
  guard let pointer else { return defaults }
  let size = Int(UnsafeRawPointer(pointer).load(as: UInt32.self))
  guard size >= 8 else { throw error.fail(.invalidArgument).text(what).text(" has no struct_size: start from its _INIT macro").status }
  var result = defaults
  withUnsafeMutableBytes(of: &result) { platform_copy($0.baseAddress, pointer, min(size, $0.count)) }
  return result
}

/// Copies as much of `value` to the caller's struct as it has room for, by its `struct_size`, which stays.
func write<Value>(_ value: Value, to pointer: UnsafeMutablePointer<Value>, _ what: StaticString, _ error: ErrorWriter) throws(Status) {
  let size = UnsafeRawPointer(pointer).load(as: UInt32.self)
  guard size >= 8 else { throw error.fail(.invalidArgument).text(what).text(" has no struct_size: start from its _INIT macro").status }
  withUnsafeBytes(of: value) { platform_copy(pointer, $0.baseAddress, min(Int(size), $0.count)) }
  UnsafeMutableRawPointer(pointer).storeBytes(of: size, as: UInt32.self)
}

func modelPointer(_ handle: OpaquePointer?, _ error: ErrorWriter) throws(Status) -> UnsafeMutablePointer<Model> {
  UnsafeMutablePointer(try required(handle, "the model", error))
}

func sessionPointer(_ handle: OpaquePointer?, _ error: ErrorWriter) throws(Status) -> UnsafeMutablePointer<Session> {
  UnsafeMutablePointer(try required(handle, "the session", error))
}

/// Whether two NUL-terminated texts are equal.
func isEqual(_ left: UnsafePointer<CChar>, _ right: UnsafePointer<CChar>) -> Bool { strcmp(left, right) == 0 }
