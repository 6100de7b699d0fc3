// SPDX-License-Identifier: Apache-2.0
import Platform

/// y = (t - mean) / sqrt(variance + epsilon) · scale + bias with t = x + residual over `count` contiguous floats (Ba et al. 2016), or
/// without the mean where `rootMeanSquare` is set (Zhang and Sennrich 2019). nil scale, bias and residual count as ones and zeros;
/// y may be x.
package func normalizeRow(
  _ x: UnsafePointer<Float>, residual: UnsafePointer<Float>?, _ y: UnsafeMutablePointer<Float>, _ count: Int, scale: UnsafePointer<Float>?,
  bias: UnsafePointer<Float>?, epsilon: Float, rootMeanSquare: Bool
) {
  let inverse = 1 / Float(count)
  var (source, sum): (UnsafePointer<Float>, Float) = (x, 0)
  if let residual {
    sum = addRows(x, residual, y, count)
    source = UnsafePointer(y)
  } else if !rootMeanSquare {
    sum = FloatReductionKind.sum.row(x, count)
  }
  let mean = rootMeanSquare ? 0 : sum * inverse
  let variance = sumOfSquares(source, count, around: mean) * inverse
  let factor = 1 / platform_sqrt(variance + epsilon)
  // (t - mean) factor scale + bias
  var index = 0
  if let scale, let bias {
    while index &+ Lanes.count <= count {
      let value = (Lanes(at: source + index) - mean) * factor
      Lanes(at: bias + index).multiplyAdd(value, Lanes(at: scale + index)).store(to: y + index)
      index = index &+ Lanes.count
    }
  }
  while index < count {
    let width = min(Lanes.count, count &- index)
    var value = (Lanes(at: source + index, first: width) - mean) * factor
    if let scale { value *= Lanes(at: scale + index, first: width) }
    if let bias { value += Lanes(at: bias + index, first: width) }
    value.store(to: y + index, first: width)
    index = index &+ Lanes.count
  }
}

/// y = a + b, and the sum of it in blocks.
@inline(never)
private func addRows(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int) -> Float {
  var total: Float = 0
  var index = 0
  while index < count {
    let blockEnd = min(count, index &+ 2048)
    var (first, second) = (Lanes.zero, Lanes.zero)
    while index &+ 2 &* Lanes.count <= blockEnd {
      let next = index &+ Lanes.count
      let (p, q) = (Lanes(at: a + index) + Lanes(at: b + index), Lanes(at: a + next) + Lanes(at: b + next))
      p.store(to: y + index)
      q.store(to: y + next)
      first += p
      second += q
      index = next &+ Lanes.count
    }
    while index < blockEnd {
      let width = min(Lanes.count, blockEnd &- index)
      let p = Lanes(at: a + index, first: width) + Lanes(at: b + index, first: width)
      p.store(to: y + index, first: width)
      first += p
      index = index &+ width
    }
    total += (first + second).total
  }
  return total
}

/// The sum of (x - mean)^2: two passes over the row, because the one-pass formula cancels.
@inline(never)
private func sumOfSquares(_ x: UnsafePointer<Float>, _ count: Int, around mean: Float) -> Float {
  var total: Float = 0
  var index = 0
  while index < count {
    let blockEnd = min(count, index &+ 2048)
    var (a, b, c, d) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
    while index &+ 4 &* Lanes.count <= blockEnd {
      let at = x + index
      let (p, q) = (Lanes(at: at) - mean, Lanes(at: at + Lanes.count) - mean)
      let (r, s) = (Lanes(at: at + 2 &* Lanes.count) - mean, Lanes(at: at + 3 &* Lanes.count) - mean)
      a = a.multiplyAdd(p, p)
      b = b.multiplyAdd(q, q)
      c = c.multiplyAdd(r, r)
      d = d.multiplyAdd(s, s)
      index = index &+ 4 &* Lanes.count
    }
    while index &+ Lanes.count <= blockEnd {
      let p = Lanes(at: x + index) - mean
      a = a.multiplyAdd(p, p)
      index = index &+ Lanes.count
    }
    if index < blockEnd {
      let rest = blockEnd &- index
      let p = (Lanes(at: x + index, first: rest) - mean).replacing(with: Lanes.zero, where: .!Lanes.isBelow(rest))
      b = b.multiplyAdd(p, p)
      index = blockEnd
    }
    total += ((a + b) + (c + d)).total
  }
  return total
}
