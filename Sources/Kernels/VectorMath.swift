// SPDX-License-Identifier: Apache-2.0

/// Elementary functions of `Lanes.count` floats at once, as polynomials on a reduced range (coefficients: our own minimax fits).
///
/// Measured against double precision over the whole range (VectorMathTests prints the table): exp, log, sigmoid, tanh and erf are within
/// 2 units in the last place. NaN gives NaN, infinities give the limits; nothing here depends on the rounding mode or traps.
package enum VectorMath {
  /// 1.5 · 2^23: adding it rounds to the nearest integer, which then stands in the low bits.
  @inline(__always) private static var roundingBias: Float { 12_582_912 }
  /// The same with 127 added to the integer: moved up by 23 bits, it is the power of two.
  @inline(__always) private static var exponentBias: Float { 12_583_039 }

  /// x - n ln 2, for n = x / ln 2 rounded to an integer: |r| <= ln 2 / 2.
  @inline(__always)
  private static func remainder(_ x: Lanes, _ n: Lanes) -> Lanes {
    // ln 2 in two parts: the first has few bits, so that its product is exact.
    x.multiplyAdd(n, -0.693359375).multiplyAdd(n, 2.12194440e-4)
  }

  /// (exp(r) - 1) / r for |r| <= ln 2 / 2.
  @inline(__always)
  private static func expm1Ratio(_ r: Lanes) -> Lanes { secondRatio(r).times(r, plus: 1) }

  /// (exp(r) - 1 - r) / r^2 for |r| <= ln 2 / 2.
  @inline(__always)
  private static func secondRatio(_ r: Lanes) -> Lanes {
    Lanes(repeating: 0.0013951719738543034).times(r, plus: 0.008369598537683487).times(r, plus: 0.0416661873459816)
      .times(r, plus: 0.16666512191295624).times(r, plus: 0.5)
  }

  /// 2^n for an integer n that stands in the low bits of a float to which `exponentBias` was added; -127 <= n <= 127, 0 for -127.
  @inline(__always)
  private static func powerOfTwo(_ biased: Lanes) -> Lanes { Lanes(bits: biased.bits &<< LaneBits(repeating: 23)) }

  /// e^x; 0 below -104, infinite above 88.73.
  @inline(__always)
  package static func exp(_ x: Lanes) -> Lanes {
    let x = x.maximum(-105).minimum(90)
    let biased = Lanes(repeating: roundingBias).multiplyAdd(x, 1.442695)
    let r = remainder(x, biased - roundingBias)
    // Scaled in two steps, because 2^n itself may lie outside the normal range.
    let n = biased.bits &- LaneBits(repeating: 0x4B40_0000)
    let half = n &>> LaneBits(repeating: 1)
    let (one, shift) = (LaneBits(repeating: 127), LaneBits(repeating: 23))
    return expm1Ratio(r).times(r, plus: 1) * Lanes(bits: (half &+ one) &<< shift) * Lanes(bits: (n &- half &+ one) &<< shift)
  }

  /// e^x for -87 <= x <= 88 with one scaling step; the same result as at the bound outside. For sigmoids.
  @inline(__always)
  package static func expClamped(_ x: Lanes) -> Lanes {
    let x = x.maximum(-87).minimum(88)
    let biased = Lanes(repeating: exponentBias).multiplyAdd(x, 1.442695)
    let r = remainder(x, biased - exponentBias)
    return expm1Ratio(r).times(r, plus: 1) * powerOfTwo(biased)
  }

  /// e^x for x <= 0, and 0 where that is below the normal range (from -87.3 on): for the exponentials of softmax and attention.
  @inline(__always)
  package static func expOfNegative(_ x: Lanes) -> Lanes {
    let biased = Lanes(repeating: exponentBias).multiplyAdd(x, 1.442695)
    let r = remainder(x, biased - exponentBias)
    let result = expm1Ratio(r).times(r, plus: 1) * powerOfTwo(biased)
    return result.replacing(with: Lanes.zero, where: x .< Lanes(repeating: -87.3))
  }

  /// factor (e^x - 1) for x <= 0, without cancellation near 0.
  @inline(__always)
  package static func expm1OfNegative(_ x: Lanes, times factor: Float) -> Lanes {
    let x = x.maximum(-30)
    let biased = Lanes(repeating: exponentBias).multiplyAdd(x, 1.442695)
    let r = remainder(x, biased - exponentBias)
    // The factor goes into the power of two, where it costs no rounding of the result.
    let scale = powerOfTwo(biased) * factor
    return (scale - factor).multiplyAdd(r.multiplyAdd(r * r, secondRatio(r)), scale)
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
    let p = Lanes(repeating: 0.2987843453884125).times(z, plus: 0.39977312088012695).times(z, plus: 0.6666677594184875)
    let halfSquare = f * f * Float(0.5)
    let low = (halfSquare.multiplyAdd(p, z) * s - halfSquare).multiplyAdd(e, -2.12194440e-4)
    var result = (f + low).multiplyAdd(e, 0.693359375)
    result.replace(with: x, where: x .>= Lanes(repeating: .infinity))
    result.replace(with: Lanes(repeating: -.infinity), where: x .== Lanes.zero)
    result.replace(with: Lanes(repeating: .nan), where: x .< Lanes.zero .| x .!= x)
    return result
  }

  /// 1 + scale (1 + growth), where the scale is a power of two, rounded once.
  @inline(__always)
  private static func onePlus(_ scale: Lanes, growing growth: Lanes) -> Lanes {
    // 1 + scale + scale growth; what the first sum has lost is added with the last part.
    let sum = scale + 1
    let lost = Float(1) - (sum - scale)
    return lost.multiplyAdd(growth, scale) + sum
  }

  /// 1 + e^x for -87 <= x <= 88, rounded once; the same result as at the bound outside.
  @inline(__always)
  private static func onePlusExp(_ x: Lanes) -> Lanes {
    let x = x.maximum(-87).minimum(88)
    let biased = Lanes(repeating: exponentBias).multiplyAdd(x, 1.442695)
    let r = remainder(x, biased - exponentBias)
    return onePlus(powerOfTwo(biased), growing: expm1Ratio(r) * r)
  }

  /// 1 / (1 + e^-x).
  @inline(__always)
  package static func sigmoid(_ x: Lanes) -> Lanes { Float(1) / onePlusExp(Lanes.zero - x) }

  /// x / (1 + e^-y).
  @inline(__always)
  package static func gated(_ x: Lanes, by y: Lanes) -> Lanes { x / onePlusExp(Lanes.zero - y) }

  /// (1 - u) / (1 + u) with u = e^(-2 |x|), and the sign of x.
  @inline(__always)
  package static func tanh(_ x: Lanes) -> Lanes {
    // u = 2^n + 2^n (e^r - 1); each of the two sums is rounded once.
    let a = (x.magnitude * Float(-2)).maximum(-30)
    let biased = Lanes(repeating: exponentBias).multiplyAdd(a, 1.442695)
    let r = remainder(a, biased - exponentBias)
    let scale = powerOfTwo(biased)
    let p = r.multiplyAdd(r * r, secondRatio(r))
    return ((scale - 1).multiplyAdd(p, scale) / (scale + 1).multiplyAdd(p, scale)).withSign(of: x)
  }

  /// The error function: x times a polynomial in x^2 below 1, one minus an exponential above.
  @inline(__always)
  package static func erf(_ x: Lanes) -> Lanes {
    let z = x * x
    let p = Lanes(repeating: 7.78739050e-5).times(z, plus: -0.0007991531165316701).times(z, plus: 0.005186374764889479)
      .times(z, plus: -0.02685287594795227).times(z, plus: 0.11283565312623978).times(z, plus: -0.376126229763031)
      .times(z, plus: 0.12837916612625122)
    let small = x.multiplyAdd(x, p)
    // 1 - erf = exp(q), with q a polynomial; from 4 on the result rounds to 1.
    let a = x.magnitude.minimum(4)
    let q = Lanes(repeating: 0.0001876047463156283).times(a, plus: -0.0029601138085126877).times(a, plus: 0.021889640018343925)
      .times(a, plus: -0.1032181978225708).times(a, plus: -0.6380122303962708).times(a, plus: -1.1271716356277466)
      .times(a, plus: -0.00032057453063316643)
    let large = (Float(1) - expOfNegative(q)).withSign(of: x)
    return large.replacing(with: small, where: x.magnitude .< Lanes(repeating: 1) .| x .!= x)
  }

  /// (2^r - 1) / r for |r| <= 0.55.
  @inline(__always)
  private static func exp2m1Ratio(_ r: Lanes) -> Lanes {
    Lanes(repeating: 0.00015608251851517707).times(r, plus: 0.001342234667390585).times(r, plus: 0.009617587551474571)
      .times(r, plus: 0.05550263077020645).times(r, plus: 0.24022653698921204).times(r, plus: 0.6931472420692444)
  }

  /// x Phi(x) = max(x, 0) - |x| Phi(-|x|), with Phi the normal distribution function. From -2 on the result is within 2 units in its last place;
  /// below, where it goes from -0.0455 to 0, within 7.5e-9.
  ///
  /// log2 Phi(-a) = -1 - a^2 + a h(a), with h a polynomial of degree 8: a minimax fit for Phi up to a = 1.75 (weighted to leave more error near
  /// 0, where less comes from rounding) and for a Phi beyond, its coefficients rounded one after the other and the rest fitted again. The square
  /// enters by a multiply-add, so that all that is rounded is small; without such an instruction it is 4 units.
  @inline(__always)
  package static func gelu(_ x: Lanes) -> Lanes {
    // Beyond 6 lies what is below 6e-9.
    let a = x.magnitude.minimum(6)
    // 256 more, and the power of two is negative; 1 less halves it.
    let bias = exponentBias + 255
    // 2^-n Phi(-a) is 2^(r - 1), with n near log2(2 Phi(-a)) by a quadratic: |r| < 0.55 up to a = 3.
    let biased = Lanes(repeating: bias).multiplyAdd(a, Lanes(repeating: -1).multiplyAdd(a, -0.62))
    let h = Lanes(repeating: 3.7474328e-7).times(a, plus: -7.51989546e-6).times(a, plus: 6.26307519e-5).times(a, plus: -0.00024475524)
      .times(a, plus: -5.7816651e-5).times(a, plus: 0.00700847059).times(a, plus: -0.052480042).times(a, plus: 0.540791392)
      .times(a, plus: -1.15110552)
    let r = (bias - biased).multiplyAdd(a.negated, a).multiplyAdd(a, h)
    return x.maximum(0).multiplyAdd(a.multiplyAdd(a * r, exp2m1Ratio(r)), powerOfTwo(biased))
  }

  /// x (1 + tanh(u)) / 2 = x / (1 + e^-2u) with u = sqrt(2 / pi) (x + 0.044715 x^3). From -2.75 on the result is within 2 units in its last
  /// place (without multiply-add instructions 6); below, where it goes from -0.008 to 0, within 1.9e-9.
  @inline(__always)
  package static func geluTanh(_ x: Lanes) -> Lanes {
    // e^-2u is 2^(a b) with b = linear + cubic a^2, and 2^126 at -10.
    let (linear, cubic): (Float, Float) = (-2.3022082, -0.10294324)
    let x = x.maximum(-10)
    let a = x.minimum(10)
    let square = a * a
    let b = Lanes(repeating: linear).multiplyAdd(square, cubic)
    let biased = Lanes(repeating: exponentBias).multiplyAdd(a, b)
    // What b and the square have lost in rounding would count as often as the exponent is large.
    let lost = (linear - b).multiplyAdd(square, cubic).multiplyAdd(square.negated.multiplyAdd(a, a), cubic)
    let r = (exponentBias - biased).multiplyAdd(a, b).multiplyAdd(a, lost)
    return x / onePlus(powerOfTwo(biased), growing: exp2m1Ratio(r) * r)
  }

  /// log(1 + e^-|x|), the part of softplus that does not grow: with t = e^-|x|, t + t^2 times a polynomial (a minimax fit for 0 <= t <= 1).
  @inline(__always)
  package static func log1pExpOfNegativeMagnitude(_ x: Lanes) -> Lanes {
    let t = expOfNegative(x.magnitude.negated)
    let p = Lanes(repeating: -0.00329100713).times(t, plus: 0.0200882591).times(t, plus: -0.0574602671).times(t, plus: 0.106613614)
      .times(t, plus: -0.153449759).times(t, plus: 0.196921214).times(t, plus: -0.249580204).times(t, plus: 0.333304644)
      .times(t, plus: -0.499999315)
    return t.multiplyAdd(t * t, p)
  }
}

extension Lanes {
  /// The sign changed, which a multiply-add takes in.
  @inline(__always)
  fileprivate var negated: Lanes { Lanes(repeating: -0.0) - self }

  /// self · x + constant: a step of Horner's scheme.
  @inline(__always)
  fileprivate func times(_ x: Lanes, plus constant: Float) -> Lanes { Lanes(repeating: constant).multiplyAdd(self, x) }
}
