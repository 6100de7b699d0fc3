// SPDX-License-Identifier: Apache-2.0

/// One row of scores to unnormalised weights, in place: exp(score - maximum); returns their sum, 0 where every score is -infinity.
///
/// Only the first `count` scores take part (a causal row sees no more); the others, up to `all`, become 0.
package func exponentiateScores(_ scores: UnsafeMutablePointer<Float>, count: Int, all: Int) -> Float {
  var lanes = Lanes(repeating: -Float.infinity)
  var index = 0
  while index &+ Lanes.count <= count {
    lanes = lanes.maximum(Lanes(at: scores + index))
    index &+= Lanes.count
  }
  var largest = lanes.largest
  while index < count {
    largest = largest < scores[index] ? scores[index] : largest
    index &+= 1
  }
  if largest == -Float.infinity || count <= 0 {
    for position in 0..<max(all, 0) { scores[position] = 0 }
    return 0
  }
  var sums = Lanes.zero
  index = 0
  while index &+ Lanes.count <= count {
    let value = VectorMath.expOfNegative(Lanes(at: scores + index) - largest)
    value.store(to: scores + index)
    sums += value
    index &+= Lanes.count
  }
  if index < count {
    // Lanes past the end are -infinity, which exponentiates to 0.
    var tail = Lanes(repeating: -Float.infinity)
    for lane in 0..<(count &- index) { tail[lane & (Lanes.count &- 1)] = scores[index &+ lane] - largest }
    let value = VectorMath.expOfNegative(tail)
    value.store(to: scores + index, first: count &- index)
    sums += value
  }
  for position in max(count, 0)..<max(max(all, count), 0) { scores[position] = 0 }
  return sums.total
}

/// Multiplies `count` floats by `factor` in place.
package func scaleFloats(_ values: UnsafeMutablePointer<Float>, count: Int, by factor: Float) {
  var index = 0
  while index &+ Lanes.count <= count {
    (Lanes(at: values + index) * factor).store(to: values + index)
    index &+= Lanes.count
  }
  while index < count {
    values[index] *= factor
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
