// SPDX-License-Identifier: Apache-2.0

/// What the elements of a product are rounded to, and in what numbers their products are summed. An operand that is multiplied by halves has two
/// planes, the high one first; others have one.
protocol ProductArithmetic {
  associatedtype Sums: SIMD where Sums.Scalar: FloatingPoint
  var precision: KunlunPrecision { get }
  /// Eight elements of the left factor, which share `quantiser`'s maximum; the second plane is read only where there are halves.
  func left(_ x: SIMD8<Float>, _ quantiser: Quantiser) -> (Sums, Sums)
  /// Row `row` of a packed panel.
  func right(_ panel: UnsafeRawPointer, _ row: Int) -> (Sums, Sums)
  /// Sums as float32, rounded once.
  func rounded(_ sums: Sums) -> SIMD8<Float>
}

/// Products of whole numbers in double precision. They are exact: a slice's sum stays below 2048 times 2^30, and a double holds 2^53.
struct IntegerArithmetic: ProductArithmetic {
  typealias Sums = SIMD8<Double>
  let precision: KunlunPrecision

  @inline(__always)
  func left(_ x: SIMD8<Float>, _ quantiser: Quantiser) -> (Sums, Sums) { planes(quantiser(x)) }

  @inline(__always)
  func right(_ panel: UnsafeRawPointer, _ row: Int) -> (Sums, Sums) {
    guard precision.hasHalves else {
      let narrow = panel.assumingMemoryBound(to: SIMD8<Int16>.self)[row]
      return (doubles(SIMD8<Int32>(truncatingIfNeeded: narrow)), .zero)
    }
    return planes(panel.assumingMemoryBound(to: SIMD8<Int32>.self)[row])
  }

  @inline(__always)
  func rounded(_ sums: Sums) -> SIMD8<Float> { SIMD8<Float>(sums) }

  /// The high half is floor(q / 2^15), so that the low one is never negative.
  @inline(__always)
  private func planes(_ q: SIMD8<Int32>) -> (Sums, Sums) {
    precision.hasHalves ? (doubles(q &>> 15), doubles(q & 0x7FFF)) : (doubles(q), .zero)
  }

  @inline(__always)
  private func doubles(_ q: SIMD8<Int32>) -> Sums {
    // Added to the bits of 1.5 times 2^52, a whole number is added to its value.
    let bits = SIMD8<Int64>(truncatingIfNeeded: q) &+ Int64(bitPattern: (0x1.8p52).bitPattern)
    return unsafeBitCast(bits, to: Sums.self) - 0x1.8p52
  }
}

/// Products of floats of few bits in float32, one after the other along the depth.
struct FloatArithmetic: ProductArithmetic {
  typealias Sums = SIMD8<Float>
  let precision: KunlunPrecision

  @inline(__always)
  func left(_ x: SIMD8<Float>, _ quantiser: Quantiser) -> (Sums, Sums) {
    var result = x
    for lane in 0..<8 { result[lane] = precision.rounded(x[lane]) }
    return (result, .zero)
  }

  @inline(__always)
  func right(_ panel: UnsafeRawPointer, _ row: Int) -> (Sums, Sums) { (panel.assumingMemoryBound(to: SIMD8<Float>.self)[row], .zero) }

  @inline(__always)
  func rounded(_ sums: Sums) -> SIMD8<Float> { sums }
}

/// Sums of four rows of the left factor times a panel of the right one.
struct TileSums<Sums: SIMD> where Sums.Scalar: FloatingPoint {
  var row0 = Sums.zero
  var row1 = Sums.zero
  var row2 = Sums.zero
  var row3 = Sums.zero

  /// Multiplies and adds, each rounded by itself, so that no build of it gives other bits than another.
  @inline(__always)
  init(_ a0: UnsafePointer<Sums.Scalar>, _ a1: UnsafePointer<Sums.Scalar>, _ a2: UnsafePointer<Sums.Scalar>, _ a3: UnsafePointer<Sums.Scalar>,
    _ panel: UnsafePointer<Sums>, depth: Int) {
    var index = 0
    while index < depth {
      let b = panel[index]
      row0 += a0[index] * b
      row1 += a1[index] * b
      row2 += a2[index] * b
      row3 += a3[index] * b
      index &+= 1
    }
  }

  @inline(__always)
  subscript(row: Int) -> Sums { row == 0 ? row0 : row == 1 ? row1 : row == 2 ? row2 : row3 }
}
