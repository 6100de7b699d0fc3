// SPDX-License-Identifier: Apache-2.0

/// Roundings to integers. Infinities, NaN and the sign of zero stay.
extension VectorMath {
  /// Nearest integer, ties to even.
  @inline(__always)
  package static func roundToEven(_ x: Lanes) -> Lanes {
    #if CORACLE_FMA || arch(arm64)
    return x.nearest
    #else
    // Without an instruction for it: adding 2^23 leaves no room for a fraction.
    let a = x.magnitude
    let rounded = ((a + Float(8_388_608)) - Float(8_388_608)).withSign(of: x)
    return rounded.replacing(with: x, where: a .>= Lanes(repeating: 8_388_608) .| x .!= x)
    #endif
  }

  /// Nearest integer, ties away from zero.
  @inline(__always)
  package static func roundAway(_ x: Lanes) -> Lanes {
    // The float just below 1/2: with 1/2 itself, the sum of 0.49999997 and 1/2 would round up to 1.
    floor(x.magnitude + Float(0.49999997)).withSign(of: x).replacing(with: x, where: x .!= x)
  }

  @inline(__always)
  package static func floor(_ x: Lanes) -> Lanes {
    #if CORACLE_FMA || arch(arm64)
    return x.down
    #else
    let rounded = roundToEven(x)
    return rounded.replacing(with: rounded - 1, where: rounded .> x)
    #endif
  }

  @inline(__always)
  package static func ceil(_ x: Lanes) -> Lanes {
    #if CORACLE_FMA || arch(arm64)
    return x.up
    #else
    let rounded = roundToEven(x)
    return rounded.replacing(with: (rounded + 1).withSign(of: x), where: rounded .< x)
    #endif
  }

  @inline(__always)
  package static func truncate(_ x: Lanes) -> Lanes {
    #if CORACLE_FMA || arch(arm64)
    return x.towardZero
    #else
    return floor(x.magnitude).withSign(of: x)
    #endif
  }
}
