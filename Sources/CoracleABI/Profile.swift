// profile.h. SPDX-License-Identifier: Apache-2.0
import CCoracle
import Platform
import Runtime
import Tensors

@implementation @_cdecl("coracle_profile_count")
public func coracle_profile_count() -> Int { stockProfileCount() }

@implementation @_cdecl("coracle_profile_at")
public func coracle_profile_at(_ index: Int, _ profile: UnsafeMutablePointer<coracle_profile>?, _ error: UnsafeMutablePointer<coracle_error>?)
  -> coracle_status
{
  status { () throws(Status) in
    let failure = writer(error)
    let target = try required(profile, "profile", failure)
    guard let found = stockProfile(index) else {
      throw failure.fail(.invalidArgument).text("there is no profile ").integer(Int(clamping: index)).text(": the library carries ")
        .integer(stockProfileCount()).status
    }
    try write(found, to: target, "profile", failure)
  }
}

@implementation @_cdecl("coracle_profile_find")
public func coracle_profile_find(_ name: UnsafePointer<CChar>?, _ profile: UnsafeMutablePointer<coracle_profile>?,
  _ error: UnsafeMutablePointer<coracle_error>?) -> coracle_status
{
  status { () throws(Status) in
    let failure = writer(error)
    let target = try required(profile, "profile", failure)
    let wanted = try required(name, "name", failure)
    for index in 0..<stockProfileCount() {
      guard var found = stockProfile(index) else { continue }
      let matches = withUnsafeBytes(of: &found.name) { bytes in
        strcmp(bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: CChar.self), wanted) == 0
      }
      if matches { return try write(found, to: target, "profile", failure) }
    }
    throw failure.fail(.notFound).text("there is no profile \"").name(wanted).text("\"").status
  }
}

@implementation @_cdecl("coracle_profile_parse")
public func coracle_profile_parse(_ text: UnsafePointer<CChar>?, _ size: Int, _ log: coracle_log_function?, _ logData: UnsafeMutableRawPointer?,
  _ profile: UnsafeMutablePointer<coracle_profile>?, _ error: UnsafeMutablePointer<coracle_error>?) -> coracle_status
{
  status { () throws(Status) in
    let failure = writer(error)
    let bytes = try required(text, "text", failure)
    let target = try required(profile, "profile", failure)
    guard size >= 0 else { throw failure.fail(.invalidArgument).text("a text of more bytes than there are addresses").status }
    try write(try ProfileReader.read(bytes, size, log, logData, failure), to: target, "profile", failure)
  }
}

@implementation @_cdecl("coracle_profile_load")
public func coracle_profile_load(_ path: UnsafePointer<CChar>?, _ log: coracle_log_function?, _ logData: UnsafeMutableRawPointer?,
  _ profile: UnsafeMutablePointer<coracle_profile>?, _ error: UnsafeMutablePointer<coracle_error>?) -> coracle_status
{
  status { () throws(Status) in
    let failure = writer(error)
    let file = try required(path, "path", failure)
    let target = try required(profile, "profile", failure)
    var data: UnsafeRawPointer?
    var size = 0
    let code = platform_map_file(file, &data, &size)
    guard code == 0 else { throw withErrorText(code, failure.fail(.io).text("cannot open \"").name(file).text("\": ")) }
    defer { platform_unmap_file(data, size) }
    var nothing: UInt8 = 0
    let found = try withUnsafePointer(to: &nothing) { (empty) throws(Status) -> coracle_profile in
      try ProfileReader.read(data ?? UnsafeRawPointer(empty), size, log, logData, failure)
    }
    try write(found, to: target, "profile", failure)
  }
}

@implementation @_cdecl("coracle_profile_detect")
public func coracle_profile_detect(_ profile: UnsafeMutablePointer<coracle_profile>?, _ error: UnsafeMutablePointer<coracle_error>?)
  -> coracle_status
{
  status { () throws(Status) in
    let failure = writer(error)
    try write(describedProfile(root: characters("")), to: try required(profile, "profile", failure), "profile", failure)
  }
}
