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

@implementation @_cdecl("coracle_profile_detect")
public func coracle_profile_detect(_ profile: UnsafeMutablePointer<coracle_profile>?, _ error: UnsafeMutablePointer<coracle_error>?)
  -> coracle_status
{
  status { () throws(Status) in
    let failure = writer(error)
    try write(detectedProfile(), to: try required(profile, "profile", failure), "profile", failure)
  }
}
