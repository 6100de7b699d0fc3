// SPDX-License-Identifier: Apache-2.0

/// Softmax of `rows` rows of `length` floats that follow each other, or its logarithm: y_i = exp(x_i - max) / sum exp(x_j - max). x and y may be
/// the same memory.
package func softmaxRows(_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, rows: Int, length: Int, logarithm: Bool) {
  if ShortRows.pays(rows: rows, length: length) {
    let short = ShortRows(x: x, rows: rows, length: length)
    return short.tiles { tile, first, held in
      var column = 0
      while column < held {
        softmaxVector(tile + column, tile + column, rows: length, stride: short.tileRows, width: Lanes.count, logarithm: logarithm)
        column = column &+ Lanes.count
      }
      transposeFloats(tile, short.tileRows, y + first &* length, length, length, held)
    }
  }
  // Long rows alone, so that they stay in the first-level cache.
  let group = max(min(16, 2048 / max(length, 1)), 1)
  var row = 0
  while row < rows {
    softmaxGroup(x + row &* length, y + row &* length, rows: min(group, rows &- row), length: length, logarithm: logarithm)
    row = row &+ group
  }
}

/// Replaces the floats of a vector by their logarithms. Once for all of this file; its constants would take the registers of those of the exponentials.
@inline(never)
private func takeLogarithms(_ x: UnsafeMutablePointer<Float>) { VectorMath.log(Lanes(at: x)).store(to: x) }

/// The same of a vector in a register, which must not be passed to a function: see Lanes+Instructions.swift.
@inline(__always)
private func logarithms(_ x: Lanes) -> Lanes {
  var held = x
  withUnsafeMutableBytes(of: &held) { bytes in
    if let floats = bytes.baseAddress?.assumingMemoryBound(to: Float.self) { takeLogarithms(floats) }
  }
  return held
}

/// The same of up to 16 rows: a step for all rows before the next, since each step of a row waits for the one before it.
@inline(__always)
private func softmaxGroup(_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, rows: Int, length: Int, logarithm: Bool) {
  var shifts = InlineArray<16, Float>(repeating: 0)
  var sums = InlineArray<16, Float>(repeating: 0)
  for row in 0..<rows { shifts[row] = extremeValue(x + row &* length, length) { $0.maximum($1) } }
  // The last vector begins some floats before the end of those before it, and is read before what it overlaps is written.
  let (width, tail) = (min(length, Lanes.count), max(length &- Lanes.count, 0))
  let isFresh = Lanes.isBelow(width) .& .!Lanes.isBelow((0 &- tail) & (Lanes.count &- 1))
  for row in 0..<rows {
    let (from, to, shift) = (x + row &* length, y + row &* length, Lanes(repeating: shifts[row]))
    let last = Lanes(at: from + tail, first: width) - shift
    let lastExponential = VectorMath.expOfNegative(last)
    var sum = Lanes.zero.replacing(with: lastExponential, where: isFresh)
    var index = 0
    while index < tail {
      let difference = Lanes(at: from + index) - shift
      let exponential = VectorMath.expOfNegative(difference)
      (logarithm ? difference : exponential).store(to: to + index)
      sum += exponential
      index = index &+ Lanes.count
    }
    (logarithm ? last : lastExponential).store(to: to + tail, first: width)
    sums[row] = sum.total
  }
  for row in 0..<rows {
    let to = y + row &* length
    let factor = logarithm ? logarithms(Lanes(repeating: sums[row])) : Lanes(repeating: 1 / sums[row])
    @inline(__always)
    func result(_ value: Lanes) -> Lanes { logarithm ? value - factor : value * factor }
    let last = result(Lanes(at: to + tail, first: width))
    var index = 0
    while index < tail {
      result(Lanes(at: to + index)).store(to: to + index)
      index = index &+ Lanes.count
    }
    last.store(to: to + tail, first: width)
  }
}

/// The same down `width` (1 to `Lanes.count`) neighbouring columns of a few rows that are `stride` floats apart.
@_optimize(size)
private func softmaxVector(_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, rows: Int, stride: Int, width: Int, logarithm: Bool) {
  var shift = Lanes(repeating: -.infinity)
  for row in 0..<rows { shift = shift.maximum(Lanes(at: x + row &* stride, first: width)) }
  var sum = Lanes.zero
  for row in 0..<rows {
    let e = VectorMath.expOfNegative(Lanes(at: x + row &* stride, first: width) - shift)
    if !logarithm { e.store(to: y + row &* stride, first: width) }
    sum += e
  }
  let factor = logarithm ? logarithms(sum) : Float(1) / sum
  for row in 0..<rows {
    let value = Lanes(at: (logarithm ? x : UnsafePointer(y)) + row &* stride, first: width)
    (logarithm ? (value - shift) - factor : value * factor).store(to: y + row &* stride, first: width)
  }
}

/// The most columns that `softmaxColumns` takes.
package var softmaxColumnLimit: Int { 256 }

/// The same down each of `columns` neighbouring columns of `rows` rows that are `stride` floats apart.
///
/// More than a few rows are read twice, as they lie: for the maxima and sums of exponentials, which wait in the first-level cache, and for the results.
@_optimize(size)
package func softmaxColumns(_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, rows: Int, stride: Int, columns: Int, logarithm: Bool) {
  if rows <= 16 || !hasWideVectors {
    return eachPart(of: columns) { column, width in
      softmaxVector(x + column, y + column, rows: rows, stride: stride, width: width, logarithm: logarithm)
    }
  }
  // Finite, so that the difference from a row of -infinity is no NaN.
  var tops = InlineArray<256, Float>(repeating: -Float.greatestFiniteMagnitude)
  var sums = InlineArray<256, Float>(repeating: 0)
  withUnsafeMutableBytes(of: &tops) { tops in
    withUnsafeMutableBytes(of: &sums) { sums in
      guard let tops = tops.baseAddress?.assumingMemoryBound(to: Float.self), let sums = sums.baseAddress?.assumingMemoryBound(to: Float.self)
      else { return }
      var row = 0
      while row < rows {
        // Eight at once: where the maximum has grown, the sum so far shrinks by one more exponential.
        let end = min(row &+ 8, rows)
        eachPart(of: columns) { column, width in
          let before = Lanes(at: tops + column)
          var top = before
          for row in row..<end { top = top.maximum(Lanes(at: x + row &* stride + column, first: width)) }
          var sum = Lanes(at: sums + column) * VectorMath.expOfNegative(before - top)
          for row in row..<end { sum += VectorMath.expOfNegative(Lanes(at: x + row &* stride + column, first: width) - top) }
          top.store(to: tops + column)
          sum.store(to: sums + column)
        }
        row = end
      }
      eachPart(of: columns) { column, _ in
        let sum = Lanes(at: sums + column)
        (logarithm ? logarithms(sum) : Float(1) / sum).store(to: sums + column)
      }
      for row in 0..<rows {
        let (from, to) = (x + row &* stride, y + row &* stride)
        eachPart(of: columns) { column, width in
          let difference = Lanes(at: from + column, first: width) - Lanes(at: tops + column)
          let sum = Lanes(at: sums + column)
          (logarithm ? difference - sum : VectorMath.expOfNegative(difference) * sum).store(to: to + column, first: width)
        }
      }
    }
  }
}
