// SPDX-License-Identifier: Apache-2.0

/// What a matrix product is computed in, by the names of the card's library; the raw value is the name in options and profiles.
package enum Precision: String, Codable, CaseIterable, Sendable {
  /// Integers by the tensor's largest magnitude: 127, 32767 or 2^30 - 1 stands for it.
  case int8, int16, int31
  /// int31 with the product of the low halves, which int31 drops.
  case int31WithLowProduct = "int31_with_ll"
  /// Where a processor has no floating-point multiplier, float16 tensors are multiplied as int16.
  case float16
  case tfloat32, float32

  /// Bytes of an operand as the multipliers read it, and of a weight in global memory.
  package var operandBytes: Double {
    switch self {
    case .int8: 1
    case .int16, .float16: 2
    case .int31, .int31WithLowProduct, .tfloat32, .float32: 4
    }
  }

  /// Bytes of an activation between operators: the library's int8, int16 and int31 products read and write float32.
  package var activationBytes: Double { self == .float16 ? 2 : 4 }

  /// The precision called `name`: a raw value, or the number that the runtime's option gemm_compute_precision has for it.
  package init?(option name: String) {
    switch name {
    case "0": self = .int8
    case "1": self = .int16
    case "2": self = .int31
    default: self.init(rawValue: name)
    }
  }
}
