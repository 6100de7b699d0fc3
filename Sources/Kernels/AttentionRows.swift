// SPDX-License-Identifier: Apache-2.0

/// The softmax of a row of scores that come in parts, without the maximum beforehand (Milakov and Gimelshein, Online normalizer
/// calculation for softmax, 2018): weights are exp(score - largest), relative to the largest score so far.
package struct ScoreWeights {
  /// -infinity where no score was larger.
  package var largest: Float
  /// Of the weights so far.
  package var sum: Float

  package init(largest: Float = -.infinity, sum: Float = 0) {
    self.largest = largest
    self.sum = sum
  }

  /// What weights are multiplied with at the end: 0 where every score was -infinity.
  package var factor: Float { sum > 0 ? 1 / sum : sum }

  /// Makes the first `count` scores (a causal row sees no more) weights, in place; the others, up to `all`, become 0.
  ///
  /// Returns what the weights of earlier parts, and whatever was summed up with them, are to be multiplied with.
  package mutating func exponentiate(_ scores: UnsafeMutablePointer<Float>, count: Int, all: Int) -> Float {
    let whole = max(count, 0) & ~(Lanes.count &- 1)
    let rest = max(count, 0) & (Lanes.count &- 1)
    // Lanes past the end are -infinity, which exponentiates to 0.
    var tail = Lanes(repeating: -Float.infinity)
    if rest > 0 {
      let held = laneNumbers .< LaneBits(repeating: Int32(truncatingIfNeeded: rest))
      tail = tail.replacing(with: Lanes(at: scores + whole, first: rest), where: held)
    }
    var lanes = tail.replacing(with: -Float.infinity, where: tail .!= tail)
    var index = 0
    while index < whole {
      lanes = lanes.maximum(Lanes(at: scores + index))
      index &+= Lanes.count
    }
    let before = largest
    let found = lanes.largest
    if found > before { largest = found }
    if largest == -Float.infinity {
      for position in 0..<max(all, 0) { scores[position] = 0 }
      return 1
    }
    let shift = Lanes(repeating: largest)
    var sums = Lanes.zero
    index = 0
    while index < whole {
      let value = VectorMath.expOfNegative(Lanes(at: scores + index) - shift)
      value.store(to: scores + index)
      sums += value
      index &+= Lanes.count
    }
    if rest > 0 {
      let value = VectorMath.expOfNegative(tail - shift)
      value.store(to: scores + whole, first: rest)
      sums += value
    }
    for position in max(count, 0)..<max(max(all, count), 0) { scores[position] = 0 }
    let kept = largest == before ? 1 : VectorMath.expOfNegative(Lanes(repeating: before - largest))[0]
    sum = sum * kept + sums.total
    return kept
  }
}

/// 0, 1, 2 and so on.
@inline(__always)
private var laneNumbers: LaneBits {
  #if CORACLE_LANES_16
  LaneBits(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
  #else
  LaneBits(0, 1, 2, 3, 4, 5, 6, 7)
  #endif
}

/// Multiplies `count` floats by `factor` in place.
package func scaleFloats(_ values: UnsafeMutablePointer<Float>, count: Int, by factor: Float) {
  copyScaled(values, values, count: count, by: factor)
}

/// values = values / divisor, `count` floats.
package func divideFloats(_ values: UnsafeMutablePointer<Float>, _ count: Int, by divisor: Float) {
  joinVectors(count) { index, width in (Lanes(at: values + index, first: width) / divisor).store(to: values + index, first: width) }
}

/// target = factor source, `count` floats.
package func copyScaled(_ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, count: Int, by factor: Float) {
  var index = 0
  while index &+ Lanes.count <= count {
    (Lanes(at: source + index) * factor).store(to: target + index)
    index &+= Lanes.count
  }
  while index < count {
    target[index] = source[index] * factor
    index &+= 1
  }
}

/// values[i] += other[i * step] for a step of 0 or 1.
package func addFloats(_ values: UnsafeMutablePointer<Float>, _ other: UnsafePointer<Float>, step: Int, count: Int) {
  if step == 0 {
    let value = other[0]
    for index in 0..<max(count, 0) { values[index] += value }
    return
  }
  var index = 0
  while index &+ Lanes.count <= count {
    (Lanes(at: values + index) + Lanes(at: other + index)).store(to: values + index)
    index &+= Lanes.count
  }
  while index < count {
    values[index] += other[index]
    index &+= 1
  }
}
