// SPDX-License-Identifier: Apache-2.0

/// Softmax of `count` contiguous floats, or its logarithm: y_i = exp(x_i - max) / sum exp(x_j - max). x and y may be the same memory.
package func softmaxRow(_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int, logarithm: Bool) {
  let maximum = FloatReductionKind.maximum.row(x, count)
  let shift = Lanes(repeating: maximum)
  let whole = count & ~(Lanes.count &- 1)
  let rest = count & (Lanes.count &- 1)
  if logarithm {
    let total = FloatReductionKind.sumOfExponentials.row(x, count, shift: maximum)
    let offset = VectorMath.log(Lanes(repeating: total))
    var index = 0
    while index < whole {
      ((Lanes(at: x + index) - shift) - offset).store(to: y + index)
      index = index &+ Lanes.count
    }
    if rest > 0 { ((Lanes(at: x + index, first: rest) - shift) - offset).store(to: y + index, first: rest) }
    return
  }
  var sums = Lanes.zero
  var index = 0
  while index < whole {
    let e = VectorMath.expOfNegative(Lanes(at: x + index) - shift)
    e.store(to: y + index)
    sums += e
    index = index &+ Lanes.count
  }
  if rest > 0 {
    let e = VectorMath.expOfNegative(Lanes(at: x + index, first: rest) - shift)
    e.store(to: y + index, first: rest)
    sums.replace(with: sums + e, where: Lanes.isBelow(rest))
  }
  let factor = Lanes(repeating: 1 / sums.total)
  index = 0
  while index < whole {
    (Lanes(at: y + index) * factor).store(to: y + index)
    index = index &+ Lanes.count
  }
  if rest > 0 { (Lanes(at: y + index, first: rest) * factor).store(to: y + index, first: rest) }
}

/// The same of `rows` rows of `length` floats that follow each other.
package func softmaxRows(_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, rows: Int, length: Int, logarithm: Bool) {
  guard ShortRows.pays(rows: rows, length: length) else {
    for row in 0..<rows { softmaxRow(x + row &* length, y + row &* length, length, logarithm: logarithm) }
    return
  }
  let short = ShortRows(x: x, rows: rows, length: length)
  short.tiles { tile, first, held in
    var column = 0
    while column < held {
      softmaxColumns(tile + column, tile + column, length, stride: short.tileRows, width: Lanes.count, logarithm: logarithm)
      column = column &+ Lanes.count
    }
    transposeFloats(tile, short.tileRows, y + first &* length, length, length, held)
  }
}

/// The same down `width` (1 to `Lanes.count`) neighbouring columns of `count` rows that are `stride` floats apart.
package func softmaxColumns(
  _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int, stride: Int, width: Int, logarithm: Bool
) {
  @inline(__always)
  func load(_ from: UnsafePointer<Float>, _ row: Int) -> Lanes {
    Lanes(at: from + row &* stride, first: width)
  }
  @inline(__always)
  func store(_ lanes: Lanes, _ row: Int) {
    lanes.store(to: y + row &* stride, first: width)
  }
  let maximumOf = Maximum()
  var shift = Lanes(repeating: -.infinity)
  for row in 0..<count { shift = maximumOf(shift, load(x, row)) }
  var sums = Lanes.zero
  if logarithm {
    for row in 0..<count { sums += VectorMath.expOfNegative(load(x, row) - shift) }
    let offset = VectorMath.log(sums)
    for row in 0..<count { store((load(x, row) - shift) - offset, row) }
    return
  }
  for row in 0..<count {
    let e = VectorMath.expOfNegative(load(x, row) - shift)
    store(e, row)
    sums += e
  }
  let factor = Float(1) / sums
  for row in 0..<count { store(load(UnsafePointer(y), row) * factor, row) }
}
