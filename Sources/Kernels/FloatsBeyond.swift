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

/// A number that at least `k` of `count` floats reach: not below it, or not above it where `below` is set. Infinite where this is not worth finding out.
package func boundOfFirst(_ k: Int, _ x: UnsafePointer<Float>, _ count: Int, below: Bool) -> Float {
  let sign = LaneBits(repeating: below ? Int32.min : 0)
  let none = Lanes(repeating: -.infinity)
  var (a, b, c, d) = (none, none, none, none)
  if hasWideVectors && k <= 2 &* Lanes.count && count >= 256 {
    // The largest of each lane: as many different elements.
    var position = 0
    while position &+ 4 &* Lanes.count <= count {
      let at = x + position
      a = a.maximum(Lanes(bits: Lanes(at: at).bits ^ sign))
      b = b.maximum(Lanes(bits: Lanes(at: at + Lanes.count).bits ^ sign))
      c = c.maximum(Lanes(bits: Lanes(at: at + 2 &* Lanes.count).bits ^ sign))
      d = d.maximum(Lanes(bits: Lanes(at: at + 3 &* Lanes.count).bits ^ sign))
      position = position &+ 4 &* Lanes.count
    }
  }
  var bound = -Float.infinity
  for _ in 0..<(hasWideVectors ? k : 0) {
    // The next smaller number among them.
    bound = a.maximum(b).maximum(c.maximum(d)).largest
    let found = Lanes(repeating: bound)
    a.replace(with: none, where: a .== found)
    b.replace(with: none, where: b .== found)
    c.replace(with: none, where: c .== found)
    d.replace(with: none, where: d .== found)
    if bound == -.infinity { break }
  }
  return below ? -bound : bound
}
