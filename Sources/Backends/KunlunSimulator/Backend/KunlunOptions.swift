// SPDX-License-Identifier: Apache-2.0
import CCoracle
import CKunlun
import KunlunNumerics
import Platform
import Tensors

/// What a table was made for: coracle_kunlun_options, small enough to travel in the table's `user_data` itself, so that there is nothing to own.
package struct KunlunOptions {
  /// nil: the session's profile tells.
  let generation: KunlunGeneration?
  let precision: KunlunPrecision
  let isPerChannel: Bool
  let isEvery16: Bool
  let linksMaxima: Bool
  let counts: UnsafeMutablePointer<coracle_kunlun_counts>?

  package init(_ settings: KunlunSettings) {
    generation = settings.generation
    precision = settings.arithmetic
    isPerChannel = settings.isPerChannel
    isEvery16 = settings.isEvery16
    linksMaxima = settings.linksMaxima
    counts = settings.counts
  }

  /// Of a caller's options, an older caller's being shorter.
  init(_ options: UnsafePointer<coracle_kunlun_options>?, _ error: ErrorWriter) throws(Status) {
    var known = coracle_kunlun_options(struct_size: UInt32(MemoryLayout<coracle_kunlun_options>.size), generation: 0,
      gemm_compute_precision: Int32(CORACLE_KUNLUN_INT16), per_channel_weights: 0, quant_post_dynamic_activation_method: 0, link_max: 1,
      counts: nil)
    if let options {
      let size = Int(options.pointee.struct_size)
      guard size >= 8 else {
        throw error.fail(.invalidArgument).text("the options have no struct_size: start from CORACLE_KUNLUN_OPTIONS_INIT").status
      }
      withUnsafeMutableBytes(of: &known) { platform_copy($0.baseAddress, options, min(size, $0.count)) }
    }
    let generation = UInt8(exactly: known.generation).flatMap { KunlunGeneration(rawValue: $0) }
    guard generation != nil || known.generation == 0 else {
      throw error.fail(.invalidArgument).text("generation ").integer(Int(known.generation)).text(": expected 0, 1 or 2").status
    }
    guard let precision = UInt8(exactly: known.gemm_compute_precision).flatMap({ KunlunPrecision(rawValue: $0) }) else {
      throw error.fail(.invalidArgument).text("gemm_compute_precision ").integer(Int(known.gemm_compute_precision)).text(": expected 0 to 6").status
    }
    guard known.per_channel_weights <= 1, known.quant_post_dynamic_activation_method <= 1, known.link_max <= 1 else {
      throw error.fail(.invalidArgument).text("per_channel_weights, quant_post_dynamic_activation_method and link_max: expected 0 or 1").status
    }
    guard known.counts.map({ Int($0.pointee.struct_size) >= MemoryLayout<coracle_kunlun_counts>.size }) ?? true else {
      throw error.fail(.invalidArgument).text("the counts have no struct_size: start from CORACLE_KUNLUN_COUNTS_INIT").status
    }
    self.generation = generation
    self.precision = precision
    isPerChannel = known.per_channel_weights == 1
    isEvery16 = known.quant_post_dynamic_activation_method == 1
    linksMaxima = known.link_max == 1
    counts = known.counts
    if let generation { _ = try KunlunSettings(generation, precision, isPerChannel: isPerChannel, isEvery16: isEvery16, error) }
  }

  /// No memory begins below it: smaller addresses are options.
  private static var leastAddress: UInt { 4096 }

  /// The options in `user_data`, or in the counts that it points at; those of CORACLE_KUNLUN_OPTIONS_INIT where it is nil.
  init(userData: UnsafeMutableRawPointer?) {
    var bits = userData.map { UInt(bitPattern: $0) } ?? UInt(KunlunPrecision.int16.rawValue) << 4
    counts = bits < KunlunOptions.leastAddress ? nil : userData?.assumingMemoryBound(to: coracle_kunlun_counts.self)
    if let counts { bits = UInt(counts.pointee.options) }
    linksMaxima = bits & 0x200 == 0
    generation = KunlunGeneration(rawValue: UInt8(truncatingIfNeeded: bits & 3))
    precision = KunlunPrecision(rawValue: UInt8(truncatingIfNeeded: bits >> 4 & 15)) ?? .int16
    isPerChannel = bits & 4 != 0
    isEvery16 = bits & 8 != 0
  }

  /// Bit 8 keeps it from being nil.
  var userData: UnsafeMutableRawPointer? {
    let flags: UInt = (isPerChannel ? 4 : 0) | (isEvery16 ? 8 : 0) | (linksMaxima ? 0 : 0x200)
    let bits = UInt(generation?.rawValue ?? 0) | flags | UInt(precision.rawValue) << 4 | 1 << 8
    guard let counts else { return UnsafeMutableRawPointer(bitPattern: bits) }
    counts.pointee.options = UInt32(truncatingIfNeeded: bits)
    return UnsafeMutableRawPointer(counts)
  }

  /// What is simulated in a session of `profile`. A combination that no card has is the caller's mistake and no reason to go to another backend.
  func settings(_ profile: UnsafePointer<coracle_profile>?) throws(Status) -> KunlunSettings {
    do throws(Status) {
      var settings = try KunlunSettings(generation ?? (isFirstGeneration(profile) ? .first : .second), precision, isPerChannel: isPerChannel,
        isEvery16: isEvery16)
      settings.linksMaxima = linksMaxima
      settings.counts = counts
      return settings
    } catch {
      throw Status.invalidArgument
    }
  }

  /// Whether the profile's name is that of a card of the first generation: kunlun-k….
  private func isFirstGeneration(_ profile: UnsafePointer<coracle_profile>?) -> Bool {
    guard let profile else { return false }
    let card: StaticString = "kunlun-k"
    return withUnsafeBytes(of: profile.pointee.name) { name in
      for index in 0..<card.utf8CodeUnitCount where name[index] != card.utf8Start[index] { return false }
      return true
    }
  }
}
