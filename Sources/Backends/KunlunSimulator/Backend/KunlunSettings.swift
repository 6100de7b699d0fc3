// SPDX-License-Identifier: Apache-2.0
import CCoracle
import CKunlun
import KunlunNumerics
import Platform
import Tensors

/// What is simulated. It is small enough to travel in the table's `user_data` itself, so that there is nothing to own.
package struct KunlunSettings {
  package let generation: KunlunGeneration
  /// What the generation computes the chosen precision in.
  package let arithmetic: KunlunPrecision
  package let isPerChannel: Bool
  package let isEvery16: Bool

  package init(_ generation: KunlunGeneration, _ precision: KunlunPrecision, isPerChannel: Bool = false, isEvery16: Bool = false,
    _ error: ErrorWriter = ErrorWriter(nil)) throws(Status) {
    guard let arithmetic = generation.arithmetic(of: precision) else {
      throw error.fail(.unsupported).text("gemm_compute_precision ").integer(Int(precision.rawValue))
        .text(": the first generation multiplies integers only").status
    }
    guard generation == .second || !isEvery16 else {
      throw error.fail(.unsupported).text("quant_post_dynamic_activation_method 1: a maximum for every 16 elements needs the second generation").status
    }
    self.generation = generation
    self.arithmetic = arithmetic
    self.isPerChannel = isPerChannel
    self.isEvery16 = isEvery16
  }

  /// Of a caller's options, an older caller's being shorter.
  init(_ options: UnsafePointer<coracle_kunlun_options>?, _ error: ErrorWriter) throws(Status) {
    var known = coracle_kunlun_options(struct_size: UInt32(MemoryLayout<coracle_kunlun_options>.size), generation: 2,
      gemm_compute_precision: Int32(CORACLE_KUNLUN_INT16), per_channel_weights: 0, quant_post_dynamic_activation_method: 0)
    if let options {
      let size = Int(options.pointee.struct_size)
      guard size >= 8 else {
        throw error.fail(.invalidArgument).text("the options have no struct_size: start from CORACLE_KUNLUN_OPTIONS_INIT").status
      }
      withUnsafeMutableBytes(of: &known) { platform_copy($0.baseAddress, options, min(size, $0.count)) }
    }
    guard let generation = UInt8(exactly: known.generation).flatMap({ KunlunGeneration(rawValue: $0) }) else {
      throw error.fail(.invalidArgument).text("generation ").integer(Int(known.generation)).text(": expected 1 or 2").status
    }
    guard let precision = UInt8(exactly: known.gemm_compute_precision).flatMap({ KunlunPrecision(rawValue: $0) }) else {
      throw error.fail(.invalidArgument).text("gemm_compute_precision ").integer(Int(known.gemm_compute_precision)).text(": expected 0 to 6").status
    }
    guard known.per_channel_weights <= 1, known.quant_post_dynamic_activation_method <= 1 else {
      throw error.fail(.invalidArgument).text("per_channel_weights and quant_post_dynamic_activation_method: expected 0 or 1").status
    }
    try self.init(generation, precision, isPerChannel: known.per_channel_weights == 1,
      isEvery16: known.quant_post_dynamic_activation_method == 1, error)
  }

  /// The settings in `user_data`; int16 on the second generation where it is nil.
  init(userData: UnsafeMutableRawPointer?) {
    let bits = userData.map { UInt(bitPattern: $0) } ?? UInt(KunlunPrecision.int16.rawValue) << 4
    generation = bits & 1 == 1 ? .first : .second
    arithmetic = KunlunPrecision(rawValue: UInt8(truncatingIfNeeded: bits >> 4 & 15)) ?? .int16
    isPerChannel = bits & 2 != 0
    isEvery16 = bits & 4 != 0
  }

  package var userData: UnsafeMutableRawPointer? {
    let bits: UInt = (generation == .first ? 1 : 0) | (isPerChannel ? 2 : 0) | (isEvery16 ? 4 : 0) | UInt(arithmetic.rawValue) << 4 | 1 << 8
    return UnsafeMutableRawPointer(bitPattern: bits)
  }

  /// Names the order of a packed factor: the same number is the same bytes.
  func layout(isTransposed: Bool, groups: Int) -> UInt64 {
    let order: UInt64 = UInt64(arithmetic.rawValue) << 1 | (isPerChannel ? 1 : 0)
    return 0x4B_0000_0000_0000 << 8 | UInt64(truncatingIfNeeded: groups) << 8 | order << 1 | (isTransposed ? 1 : 0)
  }

  /// What the left factor is rounded by.
  func leftMaximum(_ elements: UnsafePointer<Float>, _ count: Int) -> LeftMaximum {
    if !arithmetic.isInteger { return .tensor(1) }
    if isEvery16 { return .every16 }
    return .tensor(MaximumSlots(generation, of: elements, count).maximum)
  }
}
