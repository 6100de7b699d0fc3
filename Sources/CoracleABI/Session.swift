// session.h: making, preparing and running. SPDX-License-Identifier: Apache-2.0
import Backends
import CCoracle
import ModelFile
import Platform
import Runtime
import Tensors

/// A session has at most this many backends.
private let mostBackends = 9

/// The backends of `options`, in the order of its list of names; without one, the best that the machine has.
private func chooseBackends(_ options: coracle_session_options, _ names: UnsafePointer<CChar>?, skipsUnknown: Bool = false,
  _ chosen: UnsafeMutablePointer<coracle_backend>, _ error: ErrorWriter) throws(Status) -> Int
{
  guard options.extra_backend_count < mostBackends - mostTunedBackends else { throw error.fail(.invalidArgument).text("there are too many backends").status }
  for index in 0..<options.extra_backend_count {
    guard let backend = options.extra_backends?[index], backend.pointee.name != nil, backend.pointee.supports != nil,
      backend.pointee.execute != nil
    else { throw error.fail(.invalidArgument).text("backend ").integer(index).text(" lacks its name or a function").status }
    guard backend.pointee.version == UInt32(CORACLE_BACKEND_VERSION) else {
      throw error.fail(.invalidArgument).text("backend ").name(backend.pointee.name).text(" has version ")
        .integer(Int(backend.pointee.version)).text(", this library takes version ").integer(Int(CORACLE_BACKEND_VERSION)).status
    }
  }
  var count = 0
  guard var cursor = names, cursor.pointee != 0 else {
    for index in 0..<options.extra_backend_count {
      guard let backend = options.extra_backends?[index] else { continue }
      chosen[count] = backend.pointee
      count += 1
    }
    count += writeTunedBackends(.best, to: chosen + count)
    chosen[count] = genericBackend()
    return count + 1
  }
  while true {
    var length = 0
    while cursor[length] != 0 && cursor[length] != 44 { length += 1 }
    let added = count + mostTunedBackends <= mostBackends ? writeBackends(named: cursor, length, options, to: chosen + count) : 0
    count += added
    if added == 0 && skipsUnknown {
      tell(options.log, options.log_user_data, CORACLE_LOG_WARNING) {
        $0.text("the profile asks for a backend that there is not, at \"").name(cursor).text("\": it is left out")
      }
    } else if added == 0 && !matches(cursor, length, "tuned") && !matches(cursor, length, "float16") {
      // These are wishes: a machine without such instructions runs what stands behind them.
      throw error.fail(.notFound).text("there is no backend like the one at \"").name(cursor).text("\"").status
    }
    if cursor[length] == 0 { break }
    cursor += length + 1
  }
  guard count > 0 else { throw error.fail(.notFound).text("this machine has none of the backends asked for").status }
  return count
}

private func matches(_ name: UnsafePointer<CChar>, _ length: Int, _ known: StaticString) -> Bool {
  length == known.utf8CodeUnitCount && strncmp(name, characters(known), length) == 0
}

/// Writes the backends that a name stands for, at most `mostTunedBackends`, and returns how many.
private func writeBackends(named name: UnsafePointer<CChar>, _ length: Int, _ options: coracle_session_options,
  to target: UnsafeMutablePointer<coracle_backend>) -> Int
{
  for index in 0..<options.extra_backend_count {
    guard let backend = options.extra_backends?[index], let found = backend.pointee.name else { continue }
    if strlen(found) == length && strncmp(found, name, length) == 0 {
      target.pointee = backend.pointee
      return 1
    }
  }
  if matches(name, length, "generic") {
    target.pointee = genericBackend()
    return 1
  }
  if matches(name, length, "tuned") { return writeTunedBackends(.best, to: target) }
  if matches(name, length, "avx2") { return writeTunedBackends(.avx2, to: target) }
  if matches(name, length, "avx512") { return writeTunedBackends(.avx512, to: target) }
  if matches(name, length, "neon") { return writeTunedBackends(.neon, to: target) }
  if matches(name, length, "float16") { return writeTunedBackends(.float16, to: target) }
  return 0
}

@implementation @_cdecl("coracle_session_create")
public func coracle_session_create(_ model: OpaquePointer?, _ options: UnsafePointer<coracle_session_options>?,
  _ session: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<coracle_error>?) -> coracle_status
{
  status { () throws(Status) in
    let failure = writer(error)
    let opened = try modelPointer(model, failure)
    let target = try required(session, "session", failure)
    let chosen = try CoracleABI.options(options, over: coracle_session_options(), "the session options", failure)
    var profile = detectedProfile()
    if let given = chosen.profile { profile = try CoracleABI.options(given, over: profile, "the profile", failure) }
    // The caller's text may fill its field to the last byte.
    withUnsafeMutableBytes(of: &profile.backends) { $0[$0.count - 1] = 0 }
    let wanted = chosen.thread_count != 0 ? chosen.thread_count : max(profile.thread_count, 1)
    guard wanted <= 256 else { throw failure.fail(.invalidArgument).text("a session has at most 256 threads").status }
    var list = InlineArray<9, coracle_backend>(repeating: coracle_backend())
    let made = try withUnsafeMutableBytes(of: &list) { (bytes) throws(Status) -> UnsafeMutablePointer<Session> in
      guard let base = bytes.baseAddress?.assumingMemoryBound(to: coracle_backend.self) else { throw Status.internal }
      let count: Int
      if let names = chosen.backends {
        count = try chooseBackends(chosen, names, base, failure)
      } else if chosen.extra_backend_count == 0 && chosen.profile != nil {
        count = try withUnsafeBytes(of: &profile.backends) { (names) throws(Status) -> Int in
          try chooseBackends(chosen, names.baseAddress?.assumingMemoryBound(to: CChar.self), skipsUnknown: true, base, failure)
        }
      } else {
        count = try chooseBackends(chosen, nil, base, failure)
      }
      return try Session.create(opened, chosen, threadCount: Int(wanted),
        budget: chosen.memory_budget != 0 ? chosen.memory_budget : profile.memory_budget, profile: profile, backends: base, backendCount: count, failure)
    }
    target.pointee = OpaquePointer(made)
  }
}

@implementation @_cdecl("coracle_session_destroy")
public func coracle_session_destroy(_ session: OpaquePointer?) {
  if let session { UnsafeMutablePointer<Session>(session).destroy() }
}

@implementation @_cdecl("coracle_session_resize_input")
public func coracle_session_resize_input(_ session: OpaquePointer?, _ index: Int, _ shape: UnsafePointer<Int64>?, _ rank: Int32,
  _ error: UnsafeMutablePointer<coracle_error>?) -> coracle_status
{
  status { () throws(Status) in
    let failure = writer(error)
    let target = try sessionPointer(session, failure)
    guard rank >= 0, Int(rank) <= Shape.maximumRank else {
      throw failure.fail(.invalidShape).text("rank ").integer(Int(rank)).text(" is outside 0 to 8").status
    }
    var dimensions = Shape()
    if rank > 0 {
      let extents = try required(shape, "shape", failure)
      for axis in 0..<Int(rank) { dimensions.append(Int(clamping: extents[axis])) }
    }
    try target.pointee.resizeInput(index, dimensions, failure)
  }
}

@implementation @_cdecl("coracle_session_memory")
public func coracle_session_memory(_ session: OpaquePointer?, _ memory: UnsafeMutablePointer<coracle_memory>?,
  _ error: UnsafeMutablePointer<coracle_error>?) -> coracle_status
{
  status { () throws(Status) in
    let failure = writer(error)
    let target = try sessionPointer(session, failure)
    try write(try target.pointee.memory(failure), to: try required(memory, "memory", failure), "memory", failure)
  }
}

@implementation @_cdecl("coracle_session_prepare")
public func coracle_session_prepare(_ session: OpaquePointer?, _ error: UnsafeMutablePointer<coracle_error>?) -> coracle_status {
  status { () throws(Status) in
    let failure = writer(error)
    try sessionPointer(session, failure).pointee.prepare(failure)
  }
}

@implementation @_cdecl("coracle_session_input")
public func coracle_session_input(_ session: OpaquePointer?, _ index: Int, _ tensor: UnsafeMutablePointer<coracle_tensor>?,
  _ error: UnsafeMutablePointer<coracle_error>?) -> coracle_status
{
  status { () throws(Status) in
    let failure = writer(error)
    let target = try sessionPointer(session, failure)
    let view = try required(tensor, "tensor", failure)
    try write(try target.pointee.input(index, failure), to: view, "tensor", failure)
  }
}

private func binding(_ tensor: UnsafePointer<coracle_tensor>?, _ error: ErrorWriter) throws(Status) -> coracle_tensor? {
  guard let tensor else { return nil }
  return try options(tensor, over: .empty, "the tensor", error)
}

@implementation @_cdecl("coracle_session_bind_input")
public func coracle_session_bind_input(_ session: OpaquePointer?, _ index: Int, _ tensor: UnsafePointer<coracle_tensor>?,
  _ error: UnsafeMutablePointer<coracle_error>?) -> coracle_status
{
  status { () throws(Status) in
    let failure = writer(error)
    try sessionPointer(session, failure).pointee.bindInput(index, try binding(tensor, failure), failure)
  }
}

@implementation @_cdecl("coracle_session_bind_output")
public func coracle_session_bind_output(_ session: OpaquePointer?, _ index: Int, _ tensor: UnsafePointer<coracle_tensor>?,
  _ error: UnsafeMutablePointer<coracle_error>?) -> coracle_status
{
  status { () throws(Status) in
    let failure = writer(error)
    try sessionPointer(session, failure).pointee.bindOutput(index, try binding(tensor, failure), failure)
  }
}

@implementation @_cdecl("coracle_session_run")
public func coracle_session_run(_ session: OpaquePointer?, _ error: UnsafeMutablePointer<coracle_error>?) -> coracle_status {
  status { () throws(Status) in
    let failure = writer(error)
    try sessionPointer(session, failure).pointee.run(failure)
  }
}

@implementation @_cdecl("coracle_session_output")
public func coracle_session_output(_ session: OpaquePointer?, _ index: Int, _ tensor: UnsafeMutablePointer<coracle_tensor>?,
  _ error: UnsafeMutablePointer<coracle_error>?) -> coracle_status
{
  status { () throws(Status) in
    let failure = writer(error)
    let target = try sessionPointer(session, failure)
    let view = try required(tensor, "tensor", failure)
    try write(try target.pointee.output(index, failure), to: view, "tensor", failure)
  }
}

@implementation @_cdecl("coracle_session_cancel")
public func coracle_session_cancel(_ session: OpaquePointer?) {
  if let session { UnsafeMutablePointer<Session>(session).pointee.cancel() }
}
