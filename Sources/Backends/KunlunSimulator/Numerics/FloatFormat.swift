// SPDX-License-Identifier: Apache-2.0

extension KunlunPrecision {
  /// `x` rounded to the float format of that precision, as the float32 of the same value; integers are not rounded here.
  ///
  /// float16 and bfloat16 round to nearest, ties to even, beyond their range to infinity; tfloat32 drops the low 13 bits of the fraction. NaN stays.
  package func rounded(_ x: Float) -> Float {
    guard x == x else { return x }
    let bits = x.bitPattern
    switch self {
    case .float16:
      let magnitude = x.magnitude
      let rounded: Float
      if magnitude < 0x1p-14 {
        // Below the least normal number the spacing is 2^-24, as that of floats beside 0.75.
        rounded = (magnitude + 0.75) - 0.75
      } else {
        let near = Float(bitPattern: roundedBits(bits & 0x7FFF_FFFF, dropping: 13))
        rounded = near > 65_504 ? .infinity : near
      }
      return bits >> 31 == 1 ? -rounded : rounded
    case .bfloat16: return Float(bitPattern: roundedBits(bits & 0x7FFF_FFFF, dropping: 16) | bits & 0x8000_0000)
    case .tfloat32: return Float(bitPattern: bits & ~0x1FFF)
    case .int8, .int16, .int31, .int31WithLL: return x
    }
  }

  /// A magnitude's bits with the low `count` rounded away; a carry goes on into the exponent, as it must.
  private func roundedBits(_ bits: UInt32, dropping count: UInt32) -> UInt32 {
    if bits >= 0x7F80_0000 { return bits }
    let odd = bits >> count & 1
    return (bits &+ (1 << (count &- 1)) &- 1 &+ odd) & ~((1 << count) &- 1)
  }
}
