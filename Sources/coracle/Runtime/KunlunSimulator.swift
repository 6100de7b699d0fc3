// The Kunlun XPU simulator by the names that the command line has for it. SPDX-License-Identifier: Apache-2.0
import CCoracle
import CKunlun
import KunlunBackend
import KunlunNumerics
import Tensors

/// The simulator's precisions and cards.
enum KunlunSimulator {
  private static let precisions: [(name: String, precision: KunlunPrecision)] = [("int8", .int8), ("int16", .int16), ("int31", .int31),
    ("int31-with-ll", .int31WithLL), ("float16", .float16), ("bfloat16", .bfloat16), ("tfloat32", .tfloat32)]

  static var precisionNames: String { precisions.map(\.name).joined(separator: ", ") }

  /// Whether the name of a profile is that of a card.
  static func isCard(_ profile: String?) -> Bool { profile?.hasPrefix("kunlun-") ?? false }

  /// int16 on an R200 where nothing else is said, as in the card's own runtime.
  static func settings(precision: String?, profile: String?, isPerChannel: Bool) throws -> KunlunSettings {
    let name = precision ?? "int16"
    guard let chosen = precisions.first(where: { $0.name == name }) else {
      throw Failure("no precision is called '\(name)'; there are: \(precisionNames)")
    }
    var error = coracle_error()
    do {
      return try withUnsafeMutablePointer(to: &error) { error in
        try KunlunSettings(generation(profile), chosen.precision, isPerChannel: isPerChannel, ErrorWriter(error))
      }
    } catch is Status {
      throw Failure("--precision \(name): \(withUnsafeBytes(of: error.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })")
    }
  }

  /// Zeros, to be freed by the caller.
  static func makeCounts() -> UnsafeMutablePointer<coracle_kunlun_counts> {
    let counts = UnsafeMutablePointer<coracle_kunlun_counts>.allocate(capacity: 1)
    counts.initialize(to: coracle_kunlun_counts())
    counts.pointee.struct_size = UInt32(MemoryLayout<coracle_kunlun_counts>.size)
    return counts
  }

  /// The series of the card: K100 and K200 are the first generation.
  private static func generation(_ profile: String?) -> KunlunGeneration { profile?.hasPrefix("kunlun-k") ?? false ? .first : .second }
}
