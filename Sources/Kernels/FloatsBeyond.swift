// SPDX-License-Identifier: Apache-2.0

/// The first position from `begin` on where one of the next `Lanes.count` floats is NaN or lies beyond `bound`: above it, or below where `below` is set.
/// Stops before `end` where there are no such vectors, fewer than `Lanes.count` floats before it.
package func firstBeyond(_ x: UnsafePointer<Float>, from begin: Int, to end: Int, bound: Float, below: Bool) -> Int {
  let sign = LaneBits(repeating: below ? Int32.min : 0)
  let limit = Lanes(bits: Lanes(repeating: bound).bits ^ sign)
  @inline(__always)
  func within(_ position: Int) -> SIMDMask<LaneBits> { Lanes(bits: Lanes(at: x + position).bits ^ sign) .<= limit }
  @inline(__always)
  func holdsAll(_ mask: SIMDMask<LaneBits>) -> Bool { Lanes(repeating: 1).replacing(with: 0, where: mask).largest == 0 }
  var position = begin
  while position &+ 4 &* Lanes.count <= end {
    let first = within(position) .& within(position &+ Lanes.count)
    let second = within(position &+ 2 &* Lanes.count) .& within(position &+ 3 &* Lanes.count)
    if !holdsAll(first .& second) { break }
    position = position &+ 4 &* Lanes.count
  }
  while position &+ Lanes.count <= end && holdsAll(within(position)) { position = position &+ Lanes.count }
  return position
}
