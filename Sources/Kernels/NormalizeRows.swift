// SPDX-License-Identifier: Apache-2.0
import Platform

/// y = (x - mean) / sqrt(variance + epsilon) · scale + bias over `count` contiguous floats (Ba et al. 2016), or without the mean where
/// `rootMeanSquare` is set (Zhang and Sennrich 2019). nil scale and bias count as ones and zeros; x and y may be the same memory.
package func normalizeRow(
  _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int, scale: UnsafePointer<Float>?, bias: UnsafePointer<Float>?,
  epsilon: Float, rootMeanSquare: Bool
) {
  let inverse = 1 / Float(count)
  let mean = rootMeanSquare ? 0 : FloatReductionKind.sum.row(x, count) * inverse
  let variance = sumOfSquares(x, count, around: mean) * inverse
  let factor = 1 / platform_sqrt(variance + epsilon)
  var index = 0
  while index &+ Lanes.count <= count {
    var value = (Lanes(at: x + index) - mean) * factor
    if let scale { value *= Lanes(at: scale + index) }
    if let bias { value += Lanes(at: bias + index) }
    value.store(to: y + index)
    index = index &+ Lanes.count
  }
  let rest = count &- index
  if rest > 0 {
    var value = (Lanes(at: x + index, first: rest) - mean) * factor
    if let scale { value *= Lanes(at: scale + index, first: rest) }
    if let bias { value += Lanes(at: bias + index, first: rest) }
    value.store(to: y + index, first: rest)
  }
}

/// The sum of (x - mean)^2: two passes over the row, because the one-pass formula cancels.
@inline(never)
private func sumOfSquares(_ x: UnsafePointer<Float>, _ count: Int, around mean: Float) -> Float {
  var total: Float = 0
  var index = 0
  while index < count {
    let blockEnd = min(count, index &+ 2048)
    var (a, b) = (Lanes.zero, Lanes.zero)
    while index &+ 2 &* Lanes.count <= blockEnd {
      let (p, q) = (Lanes(at: x + index) - mean, Lanes(at: x + index + Lanes.count) - mean)
      a += p * p
      b += q * q
      index = index &+ 2 &* Lanes.count
    }
    while index < blockEnd {
      let p = x[index] - mean
      b[0] += p * p
      index = index &+ 1
    }
    total += (a + b).total
  }
  return total
}
