// SPDX-License-Identifier: Apache-2.0
import CCoracle
import CKunlun
import KunlunNumerics
import Tensors

/// What is simulated.
package struct KunlunSettings {
  package let generation: KunlunGeneration
  /// What the generation computes the chosen precision in.
  package let arithmetic: KunlunPrecision
  package let isPerChannel: Bool
  package let isEvery16: Bool
  /// Whether products take maxima from the operators that wrote their operands.
  package var linksMaxima = true
  /// What runs add to.
  package var counts: UnsafeMutablePointer<coracle_kunlun_counts>?

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

  /// What `layout` says of a packed factor; the rest does not matter to it.
  init(packedAs layout: UInt64) {
    generation = .second
    arithmetic = KunlunPrecision(rawValue: UInt8(truncatingIfNeeded: layout >> 2 & 15)) ?? .int16
    isPerChannel = layout & 2 != 0
    isEvery16 = false
  }

  /// Names the order of a packed factor: the same number is the same bytes.
  func layout(isTransposed: Bool, groups: Int) -> UInt64 {
    let order = UInt64(arithmetic.rawValue) << 2 | (isPerChannel ? 2 : 0) | (isTransposed ? 1 : 0)
    return 0x4B_0000_0000_0000 << 8 | UInt64(truncatingIfNeeded: groups) << 8 | order
  }
}
