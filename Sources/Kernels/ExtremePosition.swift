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

/// The largest or smallest of `count` contiguous floats, at least one, by a function that keeps its first operand where the second is NaN.
@inline(__always)
func extremeValue(_ x: UnsafePointer<Float>, _ count: Int, _ better: (Lanes, Lanes) -> Lanes) -> Float {
  let start = Lanes(repeating: x[0])
  // The last vector overlaps the one before it; of fewer floats than it has, the first stands for those that are missing.
  var a =
    count >= Lanes.count
    ? better(start, Lanes(at: x + (count &- Lanes.count)))
    : better(start, start.replacing(with: Lanes(at: x, first: count), where: Lanes.isBelow(count)))
  var (b, c, d) = (start, start, start)
  var index = 0
  while index &+ 4 &* Lanes.count <= count {
    let at = x + index
    a = better(a, Lanes(at: at))
    b = better(b, Lanes(at: at + Lanes.count))
    c = better(c, Lanes(at: at + 2 &* Lanes.count))
    d = better(d, Lanes(at: at + 3 &* Lanes.count))
    index = index &+ 4 &* Lanes.count
  }
  while index &+ Lanes.count < count {
    b = better(b, Lanes(at: x + index))
    index = index &+ Lanes.count
  }
  return better(better(a, b), better(c, d)).folded(better)
}

/// For each of `columns` columns of `rows` rows (at least one, at most 2^31) that lie `stride` floats apart, what `extremePosition` says of it.
/// Calls `put(column, row)`.
@inline(__always)
package func extremePositions(_ x: UnsafePointer<Float>, rows: Int, stride: Int, columns: Int, minimum: Bool, last: Bool, _ put: (Int, Int) -> Void) {
  var values = InlineArray<256, Float>(repeating: 0)
  var positions = InlineArray<256, Int32>(repeating: 0)
  withUnsafeMutableBytes(of: &values) { values in
    withUnsafeMutableBytes(of: &positions) { positions in
      guard let values = values.baseAddress?.assumingMemoryBound(to: Float.self),
        let positions = positions.baseAddress?.assumingMemoryBound(to: Int32.self)
      else { return }
      var column = 0
      while column < columns {
        let held = min(256, columns &- column)
        findExtremes(x + column, rows: rows, stride: stride, columns: held, minimum: minimum, last: last, values, positions)
        for index in 0..<held { put(column &+ index, Int(positions[index])) }
        column = column &+ held
      }
    }
  }
}

/// The same for rows that follow each other.
@inline(__always)
package func extremePositions(_ x: UnsafePointer<Float>, rows: Int, length: Int, minimum: Bool, last: Bool, _ put: (Int, Int) -> Void) {
  if length > (hasWideVectors ? 8 &* Lanes.count : ShortRows.longest) || rows < 4 {
    for row in 0..<rows { put(row, extremePosition(x + row &* length, length, minimum: minimum, last: last)) }
  } else if hasWideVectors && length >= Lanes.count {
    for row in 0..<rows { put(row, positionOfExtreme(x + row &* length, length, minimum: minimum, last: last)) }
  } else {
    let short = ShortRows(x: x, rows: rows, length: length)
    short.tiles { tile, first, held in
      extremePositions(tile, rows: length, stride: short.tileRows, columns: held, minimum: minimum, last: last) { put(first &+ $0, $1) }
    }
  }
}

/// What `extremePosition` says of a row of some vectors, without a branch that depends on where it is: the numbers of the equal ones are compared.
@inline(__always)
private func positionOfExtreme(_ x: UnsafePointer<Float>, _ count: Int, minimum: Bool, last: Bool) -> Int {
  // The smallest are the largest with the other sign, and the first among them has the largest number with the other sign.
  let sign = LaneBits(repeating: minimum ? Int32.min : 0)
  let order: Float = last ? 1 : -1
  let (tail, start) = (count &- Lanes.count, Lanes(bits: Lanes(repeating: x[0]).bits ^ sign))
  @inline(__always)
  func value(_ index: Int) -> Lanes { Lanes(bits: Lanes(at: x + index).bits ^ sign) }
  var (best, other) = (start.maximum(value(tail)), start)
  var index = 0
  while index < tail {
    best = best.maximum(value(index))
    if index &+ Lanes.count < tail { other = other.maximum(value(index &+ Lanes.count)) }
    index = index &+ 2 &* Lanes.count
  }
  let wanted = Lanes(repeating: best.maximum(other).largest)
  // Where nothing is equal, the first is NaN.
  let none = Lanes(repeating: -.infinity)
  var found = none
  var numbers = Lanes(Lanes.numbers) * order
  index = 0
  while index < tail {
    found = found.maximum(none.replacing(with: numbers, where: value(index) .== wanted))
    numbers += order * Float(Lanes.count)
    index = index &+ Lanes.count
  }
  numbers = (Lanes(Lanes.numbers) + Float(tail)) * order
  found = found.maximum(none.replacing(with: numbers, where: value(tail) .== wanted))
  let position = found.largest
  return position == -.infinity ? 0 : Int(position.magnitude)
}

/// The positions of the extremes of up to 256 columns; both arrays have room for 256.
@inline(never)
private func findExtremes(_ x: UnsafePointer<Float>, rows: Int, stride: Int, columns: Int, minimum: Bool, last: Bool,
  _ values: UnsafeMutablePointer<Float>, _ positions: UnsafeMutablePointer<Int32>) {
  // The smallest are the largest with the other sign.
  let sign = LaneBits(repeating: minimum ? Int32.min : 0)
  let places = UnsafeMutableRawPointer(positions).assumingMemoryBound(to: Float.self)
  joinVectors(columns) { column, width in
    Lanes(bits: Lanes(at: x + column, first: width).bits ^ sign).store(to: values + column)
    Lanes.zero.store(to: places + column)
  }
  // Neither comparison holds where one is NaN.
  @inline(__always)
  func join(_ line: UnsafePointer<Float>, _ row: Int, _ column: Int, _ width: Int, _ best: inout Lanes, _ place: inout Lanes) {
    let value = Lanes(bits: Lanes(at: line + column, first: width).bits ^ sign)
    let isBetter = last ? value .>= best : value .> best
    best.replace(with: value, where: isBetter)
    place.replace(with: Lanes(bits: LaneBits(repeating: Int32(truncatingIfNeeded: row))), where: isBetter)
  }
  var row = 1
  while row < rows {
    // Four rows at once, where there are: the results so far are read and written less often.
    let joined = rows &- row >= 4 ? 4 : 1
    let line = x + row &* stride
    joinVectors(columns) { column, width in
      var (best, place) = (Lanes(at: values + column), Lanes(at: places + column))
      join(line, row, column, width, &best, &place)
      if joined == 4 {
        join(line + stride, row &+ 1, column, width, &best, &place)
        join(line + 2 &* stride, row &+ 2, column, width, &best, &place)
        join(line + 3 &* stride, row &+ 3, column, width, &best, &place)
      }
      best.store(to: values + column)
      place.store(to: places + column)
    }
    row = row &+ joined
  }
}
