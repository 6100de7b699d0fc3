// SPDX-License-Identifier: Apache-2.0

/// A generation of the chip.
package enum KunlunGeneration: UInt8 {
  /// XPU-K: K100, K200. Multiplies integers only.
  case first = 1
  /// XPU-R: R100, R200, R300. Multiplies floats too.
  case second = 2

  /// Slots of a tensor's maximum: one for each engine that multiplies matrices.
  package var maximumSlots: Int { self == .first ? 4 : 6 }

  /// Whether activations other than relu are read from a table: see `ActivationTable`.
  package var readsActivationsFromTable: Bool { self == .first }

  /// What `precision` is computed in, or nil where the generation has no such arithmetic: half precision on the first one is int16 with the
  /// maximum of the moment.
  package func arithmetic(of precision: KunlunPrecision) -> KunlunPrecision? {
    guard self == .first else { return precision }
    switch precision {
    case .int8, .int16, .int31, .int31WithLL: return precision
    case .float16: return .int16
    case .bfloat16, .tfloat32: return nil
    }
  }
}

/// What the operands of a matrix product are rounded to. The first three numbers are those of the card's own gemm_compute_precision.
package enum KunlunPrecision: UInt8 {
  case int8 = 0
  case int16 = 1
  /// Halves of 15 bits in three int16 passes: the product of the two low halves is left out.
  case int31 = 2
  /// The same in four passes, with the product of the low halves.
  case int31WithLL = 3
  case float16 = 4
  case bfloat16 = 5
  case tfloat32 = 6

  /// The largest quantised magnitude; 0 for the floats, which are not scaled.
  package var limit: Int32 {
    switch self {
    case .int8: 127
    case .int16: 32_767
    case .int31, .int31WithLL: 1_073_741_823
    case .float16, .bfloat16, .tfloat32: 0
    }
  }

  package var isInteger: Bool { limit != 0 }
  /// Whether an operand is multiplied by halves.
  package var hasHalves: Bool { self == .int31 || self == .int31WithLL }

  /// Bytes of an element of a packed operand: int8 is kept as int16, int31 as int32, a float as the float32 that it is.
  package var packedBytes: Int { self == .int8 || self == .int16 ? 2 : 4 }

  /// The last slice of a product's depth is shorter: sums of more than this many products meet in float32.
  package static var sliceDepth: Int { 2048 }
}

/// A pass over halves of the operands, and what its sums are worth.
package struct ProductPass {
  package let leftIsLow, rightIsLow: Bool
  /// What one unit of the sum stands for, in products of the operands' maxima.
  package let unit: Float
}

extension KunlunPrecision {
  /// Passes over the integer operands in the order in which they are added: the smallest first.
  package var passCount: Int {
    switch self {
    case .int31: 3
    case .int31WithLL: 4
    default: 1
    }
  }

  /// Pass `index` of `passCount`.
  package func pass(_ index: Int) -> ProductPass {
    switch self {
    // The floats nearest to 1 / 127^2 and 1 / 32767^2, by the bits that the library multiplies with.
    case .int8: return ProductPass(leftIsLow: false, rightIsLow: false, unit: Float(bitPattern: 0x3882_0610))
    case .int16: return ProductPass(leftIsLow: false, rightIsLow: false, unit: Float(bitPattern: 0x3080_0200))
    case .int31, .int31WithLL:
      let low = Float(bitPattern: 0x2180_0000), middle = Float(bitPattern: 0x2900_0000), high = Float(bitPattern: 0x3080_0000)
      switch index &+ (self == .int31 ? 1 : 0) {
      case 0: return ProductPass(leftIsLow: true, rightIsLow: true, unit: low)
      case 1: return ProductPass(leftIsLow: false, rightIsLow: true, unit: middle)
      case 2: return ProductPass(leftIsLow: true, rightIsLow: false, unit: middle)
      default: return ProductPass(leftIsLow: false, rightIsLow: false, unit: high)
      }
    case .float16, .bfloat16, .tfloat32: return ProductPass(leftIsLow: false, rightIsLow: false, unit: 1)
    }
  }
}
