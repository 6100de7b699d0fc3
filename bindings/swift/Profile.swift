// Hardware profiles: the machine as data, which sizes the run. SPDX-License-Identifier: Apache-2.0
import CCoracle
import CoracleABI

/// What a run is sized by: C's plain data, with the functions that fill it. Copy it, change it, pass it in the session options.
public struct Profile {
  /// C's fields, such as `thread_count`, `memory_budget` and `level2_bytes`; 0 means "not known".
  public var figures: coracle_profile

  /// The profile's name, such as "raspberry-pi-4".
  public var name: String { withUnsafeBytes(of: figures.name, text) }

  /// Nothing known: every figure 0.
  public init() {
    figures = coracle_profile()
    figures.struct_size = UInt32(MemoryLayout<coracle_profile>.size)
  }

  /// The number of profiles that the library carries.
  public static var count: Int { coracle_profile_count() }

  /// The stock profile at `index`. Fails with `invalidArgument`.
  public static func at(_ index: Int) throws(CoracleError) -> Profile { try filled { coracle_profile_at(index, $0, $1) } }

  /// The stock profile called `name`. Fails with `notFound`.
  public static func find(_ name: String) throws(CoracleError) -> Profile { try filled { coracle_profile_find(name, $0, $1) } }

  /// Describes the machine that this runs on, as its processor and operating system tell.
  public static func detect() throws(CoracleError) -> Profile { try filled { coracle_profile_detect($0, $1) } }

  /// Reads the profile in `text`, JSON, at most a megabyte. Fields that are not known are skipped, with a warning to `log`.
  /// Fails with `invalidArgument`; the sentence names line and field.
  public static func parse(_ text: String, log: LogFunction? = nil) throws(CoracleError) -> Profile {
    try logged(log) { callbacks, profile, error in
      var text = text
      return text.withUTF8 { bytes in
        bytes.withMemoryRebound(to: CChar.self) { characters in
          coracle_profile_parse(characters.baseAddress, characters.count, callbacks.logFunction, callbacks.pointer, profile, error)
        }
      }
    }
  }

  /// The same of a file. Fails with `io` too.
  public static func load(_ path: String, log: LogFunction? = nil) throws(CoracleError) -> Profile {
    try logged(log) { callbacks, profile, error in coracle_profile_load(path, callbacks.logFunction, callbacks.pointer, profile, error) }
  }

  private static func filled(_ fill: (UnsafeMutablePointer<coracle_profile>, UnsafeMutablePointer<coracle_error>) -> coracle_status)
    throws(CoracleError) -> Profile
  {
    var profile = Profile()
    try call { fill(&profile.figures, $0) }
    return profile
  }

  private static func logged(
    _ log: LogFunction?,
    _ fill: (Callbacks, UnsafeMutablePointer<coracle_profile>, UnsafeMutablePointer<coracle_error>) -> coracle_status
  ) throws(CoracleError) -> Profile {
    let callbacks = Callbacks(log: log)
    defer { withExtendedLifetime(callbacks) {} }
    return try filled { fill(callbacks, $0, $1) }
  }
}
