// SPDX-License-Identifier: Apache-2.0

/// Elementary functions of `Lanes.count` floats at once, as polynomials on a reduced range (coefficients: our own minimax fits).
///
/// Measured against double precision over the whole range (VectorMathTests states the table): within 4 units in the last place where
/// a relative error makes sense. NaN gives NaN, infinities give the limits; nothing here depends on the rounding mode or traps.
package enum VectorMath {
  /// 1.5 · 2^23: adding it rounds to the nearest integer, which then stands in the low bits.
  @inline(__always) private static var roundingBias: Float { 12_582_912 }

  /// x = n ln 2 + r with |r| <= ln 2 / 2, for |x| < 2^20.
  @inline(__always)
  private static func reduce(_ x: Lanes) -> (n: LaneBits, r: Lanes) {
    let biased = x * Float(1.442695) + roundingBias
    let n = biased.bits &- LaneBits(repeating: 0x4B40_0000)
    let whole = biased - roundingBias
    // ln 2 in two parts: the first has few bits, so that its product is exact.
    let r = (x - whole * Float(0.693359375)) - whole * Float(-2.12194440e-4)
    return (n, r)
  }

  /// exp(r) - 1 for |r| <= ln 2 / 2.
  @inline(__always)
  private static func expm1Reduced(_ r: Lanes) -> Lanes {
    var q = r * Float(0.0013951719738543034) + Float(0.008369598537683487)
    q = q * r + Float(0.0416661873459816)
    q = q * r + Float(0.16666512191295624)
    q = q * r + Float(0.5)
    return q * (r * r) + r
  }

  /// 2^n for -126 <= n <= 127.
  @inline(__always)
  private static func powerOfTwo(_ n: LaneBits) -> Lanes { Lanes(bits: (n &+ LaneBits(repeating: 127)) &<< LaneBits(repeating: 23)) }

  /// e^x; 0 below -104, infinite above 88.73.
  @inline(__always)
  package static func exp(_ x: Lanes) -> Lanes {
    let (n, r) = reduce(x.maximum(-105).minimum(90))
    // In two steps, because 2^n itself may lie outside the normal range.
    let half = n &>> LaneBits(repeating: 1)
    return (expm1Reduced(r) + 1) * powerOfTwo(half) * powerOfTwo(n &- half)
  }

  /// e^x for -87 <= x <= 88 with one scaling step; the same result as at the bound outside. For softmax and sigmoids.
  @inline(__always)
  package static func expClamped(_ x: Lanes) -> Lanes {
    let (n, r) = reduce(x.maximum(-87).minimum(88))
    return (expm1Reduced(r) + 1) * powerOfTwo(n)
  }

  /// e^x - 1 for x <= 0, without cancellation near 0.
  @inline(__always)
  package static func expm1OfNegative(_ x: Lanes) -> Lanes {
    let (n, r) = reduce(x.maximum(-30))
    let scale = powerOfTwo(n)
    return expm1Reduced(r) * scale + (scale - 1)
  }

  /// Natural logarithm; -infinity at 0, NaN below.
  @inline(__always)
  package static func log(_ x: Lanes) -> Lanes {
    // Subnormal numbers are scaled into the normal range first.
    let tiny = x .< Lanes(repeating: .leastNormalMagnitude)
    let scaled = x.replacing(with: x * Float(8_388_608), where: tiny)
    // x = 2^e m with m in sqrt(1/2) ... sqrt(2).
    let offset = scaled.bits &- LaneBits(repeating: 0x3F35_04F3)
    let exponent = offset &>> LaneBits(repeating: 23)
    let m = Lanes(bits: (offset & 0x007F_FFFF) &+ LaneBits(repeating: 0x3F35_04F3))
    var e = Lanes(exponent)
    e.replace(with: e - 23, where: tiny)
    // log(1 + f) = 2 artanh(s) with s = f / (2 + f), written so that the leading term f stays exact.
    let f = m - 1
    let s = f / (f + 2)
    let z = s * s
    var p = z * Float(0.2987843453884125) + Float(0.39977312088012695)
    p = p * z + Float(0.6666677594184875)
    let halfSquare = f * f * Float(0.5)
    let low = e * Float(-2.12194440e-4) - (halfSquare - s * (halfSquare + p * z))
    var result = e * Float(0.693359375) + (f + low)
    result.replace(with: x, where: x .>= Lanes(repeating: .infinity))
    result.replace(with: Lanes(repeating: -.infinity), where: x .== Lanes.zero)
    result.replace(with: Lanes(repeating: .nan), where: x .< Lanes.zero .| x .!= x)
    return result
  }

  /// 1 / (1 + e^-x).
  @inline(__always)
  package static func sigmoid(_ x: Lanes) -> Lanes { Float(1) / (expClamped(Lanes.zero - x) + 1) }

  @inline(__always)
  package static func tanh(_ x: Lanes) -> Lanes {
    let a = x.magnitude
    let z = x * x
    var p = z * Float(-0.005591016728430986) + Float(0.020538819953799248)
    p = p * z + Float(-0.05370965600013733)
    p = p * z + Float(0.133310928940773)
    p = p * z + Float(-0.33333268761634827)
    let small = x + x * z * p
    let large = Float(1) - Float(2) / (expClamped(a + a) + 1)
    return large.withSign(of: x).replacing(with: small, where: a .< Lanes(repeating: 0.625) .| x .!= x)
  }

  /// The error function, Abramowitz and Stegun 7.1.1.
  @inline(__always)
  package static func erf(_ x: Lanes) -> Lanes {
    let z = x * x
    var p = z * Float(7.78739050e-5) + Float(-0.0007991531165316701)
    p = p * z + Float(0.005186374764889479)
    p = p * z + Float(-0.02685287594795227)
    p = p * z + Float(0.11283565312623978)
    p = p * z + Float(-0.376126229763031)
    p = p * z + Float(0.12837916612625122)
    let small = x + x * p
    // 1 - erf = exp(q), with q a polynomial; from 4 on the result rounds to 1.
    let a = x.magnitude.minimum(4)
    var q = a * Float(0.0001876047463156283) + Float(-0.0029601138085126877)
    q = q * a + Float(0.021889640018343925)
    q = q * a + Float(-0.1032181978225708)
    q = q * a + Float(-0.6380122303962708)
    q = q * a + Float(-1.1271716356277466)
    q = q * a + Float(-0.00032057453063316643)
    let large = (Float(1) - expClamped(q)).withSign(of: x)
    return large.replacing(with: small, where: x.magnitude .< Lanes(repeating: 1) .| x .!= x)
  }

  /// log(1 + e^-|x|), the part of softplus that does not grow.
  @inline(__always)
  package static func log1pExpOfNegativeMagnitude(_ x: Lanes) -> Lanes {
    let e = exp(Lanes.zero - x.magnitude)
    let u = e + 1
    // u has lost the low bits of e; the second term brings them back.
    return log(u) + (e - (u - 1)) / u
  }

  /// Nearest integer, ties to even.
  @inline(__always)
  package static func roundToEven(_ x: Lanes) -> Lanes {
    let a = x.magnitude
    let rounded = ((a + Float(8_388_608)) - Float(8_388_608)).withSign(of: x)
    return rounded.replacing(with: x, where: a .>= Lanes(repeating: 8_388_608) .| x .!= x)
  }

  /// Nearest integer, ties away from zero.
  @inline(__always)
  package static func roundAway(_ x: Lanes) -> Lanes {
    // The float just below 1/2: with 1/2 itself, the sum of 0.49999997 and 1/2 would round up to 1.
    floor(x.magnitude + Float(0.49999997)).withSign(of: x).replacing(with: x, where: x .!= x)
  }

  @inline(__always)
  package static func floor(_ x: Lanes) -> Lanes {
    let rounded = roundToEven(x)
    return rounded.replacing(with: rounded - 1, where: rounded .> x)
  }

  @inline(__always)
  package static func ceil(_ x: Lanes) -> Lanes {
    let rounded = roundToEven(x)
    return rounded.replacing(with: (rounded + 1).withSign(of: x), where: rounded .< x)
  }
}
