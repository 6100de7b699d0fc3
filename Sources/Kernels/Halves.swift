// Numbers of IEEE 754's binary16, held as their bits. SPDX-License-Identifier: Apache-2.0

/// Makes floats of `count` halves.
@_optimize(speed)
package func expandHalves(_ halves: UnsafePointer<UInt16>, count: Int, into floats: UnsafeMutablePointer<Float>) {
  for index in 0..<count { floats[index] = floatFromHalf(halves[index]) }
}

/// Makes halves of `count` floats: the nearest ones, ties to even.
package func roundToHalves(_ floats: UnsafePointer<Float>, count: Int, into halves: UnsafeMutablePointer<UInt16>) {
  for index in 0..<count { halves[index] = halfFromFloat(floats[index]) }
}

/// The float that a binary16 number with these bits stands for, exactly.
@inline(__always)
package func floatFromHalf(_ half: UInt16) -> Float {
  let sign = UInt32(half & 0x8000) << 16
  let magnitude = UInt32(half & 0x7FFF) << 13
  if magnitude >= 0x0F80_0000 { return Float(bitPattern: sign | 0x7F80_0000 | (magnitude & 0x007F_FFFF)) }
  // The exponents differ by 112; multiplying by 2^112 renormalises subnormal numbers as well.
  return Float(bitPattern: sign | (Float(bitPattern: magnitude) * Float(bitPattern: 0x7780_0000)).bitPattern)
}

/// The bits of the binary16 number nearest to `value`, ties to even; too large ones become infinite.
@inline(__always)
package func halfFromFloat(_ value: Float) -> UInt16 {
  let bits = value.bitPattern
  let sign = UInt16(truncatingIfNeeded: (bits >> 16) & 0x8000)
  let magnitude = bits & 0x7FFF_FFFF
  if magnitude > 0x7F80_0000 { return sign | 0x7E00 }
  if magnitude >= 0x477F_F000 { return sign | 0x7C00 }
  if magnitude < 0x3880_0000 {
    // Subnormal in binary16: adding 1/2 lets the float adder round at the right bit.
    let rounded = Float(bitPattern: magnitude) + Float(0.5)
    return sign | UInt16(truncatingIfNeeded: rounded.bitPattern &- 0x3F00_0000)
  }
  let odd = (magnitude >> 13) & 1
  return sign | UInt16(truncatingIfNeeded: (magnitude &- 0x3800_0000 &+ 0xFFF &+ odd) >> 13)
}
