// SPDX-License-Identifier: Apache-2.0

/// Rounds floats to integers by the largest magnitude of their tensor: q = clamp(round(x (R / maximum)), -R, R), ties to even.
///
/// int8 and int16, all in float32: a denormal x, maximum or product counts as +0; NaN counts as the infinity of its sign, and a product that is
/// NaN (0 times infinity) gives R; where R / maximum is infinite, the sign of x alone gives -R or R, and zero R. int31 has the same rules, with
/// scale and product in double precision: a float32 product would have no more than 24 of the 30 bits.
package struct Quantiser {
  private let isWide: Bool
  private let limit: Int32
  private let scale: SIMD8<Float>
  private let wideScale: SIMD8<Double>
  private let divisorIsZero: SIMDMask<SIMD8<Int32>>

  /// For elements that share a maximum: what `MaximumSlots.maximum` gives, or any number by the rules above.
  package init(_ precision: KunlunPrecision, maximum: Float) { self.init(precision, maxima: SIMD8(repeating: maximum)) }

  /// For eight columns, each with its own maximum.
  package init(_ precision: KunlunPrecision, maxima: SIMD8<Float>) {
    isWide = precision.hasHalves
    limit = precision.limit
    let divisors = maxima.replacing(with: 0, where: magnitude(maxima) .< Float.leastNormalMagnitude)
    scale = SIMD8<Float>(repeating: Float(precision.limit)) / divisors
    wideScale = SIMD8<Double>(repeating: Double(precision.limit)) / SIMD8<Double>(divisors)
    divisorIsZero = divisors .== 0
  }

  /// Whole numbers of at most 7, 15 or 30 bits and a sign.
  @inline(__always)
  package func callAsFunction(_ x: SIMD8<Float>) -> SIMD8<Int32> { isWide ? wide(x) : narrow(x) }

  @inline(__always)
  private func narrow(_ x: SIMD8<Float>) -> SIMD8<Int32> {
    let limits = SIMD8<Float>(repeating: Float(limit))
    var product = prepared(x) * scale
    product.replace(with: 0, where: magnitude(product) .< Float.leastNormalMagnitude)
    // Of a NaN neither comparison holds.
    let clamped = product.replacing(with: -limits, where: product .<= -limits).replacing(with: limits, where: .!(product .< limits))
    // 1.5 times 2^23 leaves no room for a fraction, and the whole number in the low bits.
    let sum = clamped + 12_582_912
    let rounded = unsafeBitCast(sum, to: SIMD8<Int32>.self) &- 0x4B40_0000
    return rounded.replacing(with: signed(x), where: scale .== .infinity)
  }

  @inline(__always)
  private func wide(_ x: SIMD8<Float>) -> SIMD8<Int32> {
    let limits = SIMD8<Double>(repeating: Double(limit))
    let product = SIMD8<Double>(prepared(x)) * wideScale
    let clamped = product.replacing(with: -limits, where: product .<= -limits).replacing(with: limits, where: .!(product .< limits))
    let sum = clamped + 0x1.8p52
    let rounded = SIMD8<Int32>(truncatingIfNeeded: unsafeBitCast(sum, to: SIMD8<Int64>.self))
    return rounded.replacing(with: signed(x), where: divisorIsZero)
  }

  /// The limit with the sign of x.
  @inline(__always)
  private func signed(_ x: SIMD8<Float>) -> SIMD8<Int32> {
    SIMD8<Int32>(repeating: limit).replacing(with: 0 &- limit, where: unsafeBitCast(x, to: SIMD8<Int32>.self) .< 0)
  }

  /// Denormals as +0, NaN as infinity of the same sign.
  @inline(__always)
  private func prepared(_ x: SIMD8<Float>) -> SIMD8<Float> {
    let infinity = unsafeBitCast(unsafeBitCast(x, to: SIMD8<UInt32>.self) & 0x8000_0000 | 0x7F80_0000, to: SIMD8<Float>.self)
    return x.replacing(with: 0, where: magnitude(x) .< Float.leastNormalMagnitude).replacing(with: infinity, where: x .!= x)
  }
}
