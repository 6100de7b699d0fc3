// SPDX-License-Identifier: Apache-2.0

/// The position of the largest (or smallest) of `count` contiguous floats, at least one: the first of equal ones, or the last. A NaN is
/// never larger or smaller, so that it is only found where it comes first.
package func extremePosition(_ x: UnsafePointer<Float>, _ count: Int, minimum: Bool, last: Bool) -> Int {
  if x[0] != x[0] { return 0 }
  let extreme = minimum ? extremeValue(x, count) { $0.minimum($1) } : extremeValue(x, count) { $0.maximum($1) }
  let wanted = Lanes(repeating: extreme)
  if last {
    var end = count
    while end >= Lanes.count && !holds(x + (end &- Lanes.count), wanted) { end = end &- Lanes.count }
    while end > 0 && x[end &- 1] != extreme { end = end &- 1 }
    return max(end &- 1, 0)
  }
  var begin = 0
  while begin &+ 4 &* Lanes.count <= count && !holdsFour(x + begin, wanted) { begin = begin &+ 4 &* Lanes.count }
  while begin &+ Lanes.count <= count && !holds(x + begin, wanted) { begin = begin &+ Lanes.count }
  while begin < count &- 1 && x[begin] != extreme { begin = begin &+ 1 }
  return begin
}

/// Whether one of `Lanes.count` floats is `wanted`.
@inline(__always)
private func holds(_ x: UnsafePointer<Float>, _ wanted: Lanes) -> Bool {
  Lanes.zero.replacing(with: 1, where: Lanes(at: x) .== wanted).largest > 0
}

/// Whether one of four times as many is `wanted`.
@inline(__always)
private func holdsFour(_ x: UnsafePointer<Float>, _ wanted: Lanes) -> Bool {
  let first = Lanes(at: x) .== wanted .| Lanes(at: x + Lanes.count) .== wanted
  let second = Lanes(at: x + 2 &* Lanes.count) .== wanted .| Lanes(at: x + 3 &* Lanes.count) .== wanted
  return Lanes.zero.replacing(with: 1, where: first .| second).largest > 0
}

/// The largest or smallest value, by a function that keeps its first operand where the second is NaN.
@inline(__always)
private func extremeValue(_ x: UnsafePointer<Float>, _ count: Int, _ better: (Lanes, Lanes) -> Lanes) -> Float {
  var a = Lanes(repeating: x[0])
  var (b, c, d) = (a, a, a)
  var index = 0
  while index &+ 4 &* Lanes.count <= count {
    let at = x + index
    a = better(a, Lanes(at: at))
    b = better(b, Lanes(at: at + Lanes.count))
    c = better(c, Lanes(at: at + 2 &* Lanes.count))
    d = better(d, Lanes(at: at + 3 &* Lanes.count))
    index = index &+ 4 &* Lanes.count
  }
  while index < count {
    let width = min(Lanes.count, count &- index)
    // Lanes behind the end hold the first value instead of zeros.
    let values = Lanes(repeating: x[0]).replacing(with: Lanes(at: x + index, first: width), where: Lanes.isBelow(width))
    a = better(a, values)
    index = index &+ Lanes.count
  }
  return better(better(a, b), better(c, d)).folded(better)
}
