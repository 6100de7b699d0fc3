// SPDX-License-Identifier: Apache-2.0

/// How floats are gathered into one: `Lanes.count` running results, `combine`d with as many elements at a time.
/// `shift` is subtracted first by those that use it (sums of exponentials, for which it is the maximum, a finite number).
protocol FloatReduction {
  var start: Float { get }
  func combine(_ result: Lanes, _ x: Lanes, _ shift: Lanes) -> Lanes
  /// Joins two running results.
  func merge(_ left: Lanes, _ right: Lanes) -> Lanes
}

struct SumOf<Function: LaneFunction>: FloatReduction {
  let function: Function
  var start: Float { 0 }
  @inline(__always) func combine(_ result: Lanes, _ x: Lanes, _ shift: Lanes) -> Lanes { result + function(x) }
  @inline(__always) func merge(_ left: Lanes, _ right: Lanes) -> Lanes { left + right }
}

struct SumOfExponentials: FloatReduction {
  var start: Float { 0 }
  @inline(__always) func combine(_ result: Lanes, _ x: Lanes, _ shift: Lanes) -> Lanes { result + VectorMath.expOfNegative(x - shift) }
  @inline(__always) func merge(_ left: Lanes, _ right: Lanes) -> Lanes { left + right }
}

struct ByPairs<Function: LanePairFunction>: FloatReduction {
  let function: Function
  let start: Float
  @inline(__always) func combine(_ result: Lanes, _ x: Lanes, _ shift: Lanes) -> Lanes { function(result, x) }
  @inline(__always) func merge(_ left: Lanes, _ right: Lanes) -> Lanes { function(left, right) }
}

/// The reductions that need one pass.
package enum FloatReductionKind: UInt8 {
  case sum, sumOfMagnitudes, sumOfSquares, sumOfExponentials, maximum, minimum, product

  @inline(__always)
  fileprivate func visit<Visitor: FloatReductionVisitor>(_ visitor: Visitor) -> Visitor.Result {
    // A line a kind: a library for certain models (CORACLE_REDUCTIONS) is compiled with some of these lines, those that its operators use.
    switch self {
    case .sumOfMagnitudes: visitor.visit(SumOf(function: Absolute()))
    case .sumOfSquares: visitor.visit(SumOf(function: Square()))
    case .sumOfExponentials: visitor.visit(SumOfExponentials())
    case .maximum: visitor.visit(ByPairs(function: Maximum(), start: -.infinity))
    case .minimum: visitor.visit(ByPairs(function: Minimum(), start: .infinity))
    case .product: visitor.visit(ByPairs(function: Product(), start: 1))
    case .sum: visitor.visit(SumOf(function: Identity()))
    }
  }

  /// The result of no elements.
  package var start: Float {
    switch self {
    case .sum, .sumOfMagnitudes, .sumOfSquares, .sumOfExponentials: 0
    case .maximum: -.infinity
    case .minimum: .infinity
    case .product: 1
    }
  }

  /// The reduction of `count` contiguous floats. Sums are gathered in blocks, so that the rounding error grows with the logarithm of
  /// the count rather than with the count.
  package func row(_ x: UnsafePointer<Float>, _ count: Int, shift: Float = 0) -> Float {
    var result: Float = 0
    withUnsafeMutablePointer(to: &result) { visit(ReduceRows(x: x, rows: 1, length: count, shift: shift, result: $0)) }
    return result
  }

  /// The reductions of `rows` rows of `length` contiguous floats, which follow each other; see `row`.
  package func rows(_ x: UnsafePointer<Float>, rows: Int, length: Int, into result: UnsafeMutablePointer<Float>) {
    visit(ReduceRows(x: x, rows: rows, length: length, shift: 0, result: result))
  }

  /// Two partial results as one.
  package func merge(_ left: Float, _ right: Float) -> Float {
    switch self {
    case .sum, .sumOfMagnitudes, .sumOfSquares, .sumOfExponentials: left + right
    case .maximum: left < right || right != right ? right : left
    case .minimum: left > right || right != right ? right : left
    case .product: left * right
    }
  }

  /// Reduces `rows` rows of `columns` floats, `stride` floats apart, by column into `result`,
  /// joining what is there.
  package func columns(
    _ x: UnsafePointer<Float>, rows: Int, stride: Int, columns: Int, shift: UnsafePointer<Float>?, into result: UnsafeMutablePointer<Float>
  ) {
    visit(ReduceColumns(x: x, rows: rows, stride: stride, columns: columns, shift: shift, result: result))
  }
}

private protocol FloatReductionVisitor {
  associatedtype Result
  func visit<Reduction: FloatReduction>(_ reduction: Reduction) -> Result
}

private struct ReduceRows: FloatReductionVisitor {
  let x: UnsafePointer<Float>
  let rows, length: Int
  let shift: Float
  let result: UnsafeMutablePointer<Float>

  @inline(never) @_optimize(size)
  func visit<Reduction: FloatReduction>(_ reduction: Reduction) {
    guard ShortRows.pays(rows: rows, length: length) else {
      for row in 0..<rows { result[row] = self.row(reduction, x + row &* length) }
      return
    }
    let short = ShortRows(x: x, rows: rows, length: length)
    short.tiles { tile, first, held in
      for row in first..<(first &+ held) { result[row] = reduction.start }
      ReduceColumns(x: tile, rows: length, stride: short.tileRows, columns: held, shift: nil, result: result + first).visit(reduction)
    }
  }

  @inline(__always)
  private func row<Reduction: FloatReduction>(_ reduction: Reduction, _ x: UnsafePointer<Float>) -> Float {
    let (start, shifts) = (Lanes(repeating: reduction.start), Lanes(repeating: shift))
    var total = start
    var index = 0
    while index < length {
      let blockEnd = min(length, index &+ 2048)
      var (a, b, c, d) = (start, start, start, start)
      while index &+ 4 &* Lanes.count <= blockEnd {
        let at = x + index
        a = reduction.combine(a, Lanes(at: at), shifts)
        b = reduction.combine(b, Lanes(at: at + Lanes.count), shifts)
        c = reduction.combine(c, Lanes(at: at + 2 &* Lanes.count), shifts)
        d = reduction.combine(d, Lanes(at: at + 3 &* Lanes.count), shifts)
        index = index &+ 4 &* Lanes.count
      }
      while index &+ Lanes.count <= blockEnd {
        a = reduction.combine(a, Lanes(at: x + index), shifts)
        index = index &+ Lanes.count
      }
      let rest = blockEnd &- index
      if rest > 0 {
        // The last vector of the row, of which only the last `rest` have not been joined yet.
        let isWhole = length >= Lanes.count
        let part = isWhole ? Lanes(at: x + (length &- Lanes.count)) : Lanes(at: x, first: rest)
        let joined = reduction.combine(b, part, shifts)
        b = isWhole ? joined.replacing(with: b, where: Lanes.isBelow(Lanes.count &- rest)) : b.replacing(with: joined, where: Lanes.isBelow(rest))
        index = blockEnd
      }
      total = reduction.merge(total, reduction.merge(reduction.merge(a, b), reduction.merge(c, d)))
    }
    return total.folded { reduction.merge($0, $1) }
  }
}

private struct ReduceColumns: FloatReductionVisitor {
  let x: UnsafePointer<Float>
  let rows, stride, columns: Int
  let shift: UnsafePointer<Float>?
  let result: UnsafeMutablePointer<Float>

  @inline(never) @_optimize(size)
  func visit<Reduction: FloatReduction>(_ reduction: Reduction) {
    // One chain of additions a column, as Paddle and onnxruntime sum a global pooling. Sums in blocks would be more exact, but differ from
    // theirs: on a page that is mostly white by 3e-4 in PP-OCRv4's text probabilities, where one chain stays within 4e-5.
    if columns > 2 &* Lanes.count {
      // Wide rows as they lie, four at once; the results wait in the first-level cache.
      var row = 0
      while row &+ 4 <= rows {
        join4(reduction, x + row &* stride)
        row = row &+ 4
      }
      while row < rows {
        join1(reduction, x + row &* stride)
        row = row &+ 1
      }
      return
    }
    // Narrow ones column by column: the results stay in registers.
    var column = 0
    while column &+ 2 &* Lanes.count <= columns {
      let (x, y) = (x + column, result + column)
      var (a, b) = (Lanes(at: y), Lanes(at: y + Lanes.count))
      let (s, t) = (shifts(column), shifts(column &+ Lanes.count))
      for row in 0..<rows {
        let at = x + row &* stride
        a = reduction.combine(a, Lanes(at: at), s)
        b = reduction.combine(b, Lanes(at: at + Lanes.count), t)
      }
      a.store(to: y)
      b.store(to: y + Lanes.count)
      column = column &+ 2 &* Lanes.count
    }
    while column < columns {
      let width = min(Lanes.count, columns &- column)
      let part = shift.map { Lanes(at: $0 + column, first: width) } ?? Lanes.zero
      var a = Lanes(at: result + column, first: width)
      for row in 0..<rows { a = reduction.combine(a, Lanes(at: x + row &* stride + column, first: width), part) }
      a.store(to: result + column, first: width)
      column = column &+ width
    }
  }

  /// Joins four rows to the results, in order.
  @inline(__always)
  private func join4<Reduction: FloatReduction>(_ reduction: Reduction, _ first: UnsafePointer<Float>) {
    let (second, third, fourth) = (first + stride, first + 2 &* stride, first + 3 &* stride)
    joinVectors(columns) { column, width in
      let part = shift.map { Lanes(at: $0 + column, first: width) } ?? Lanes.zero
      var a = reduction.combine(Lanes(at: result + column, first: width), Lanes(at: first + column, first: width), part)
      a = reduction.combine(a, Lanes(at: second + column, first: width), part)
      a = reduction.combine(a, Lanes(at: third + column, first: width), part)
      a = reduction.combine(a, Lanes(at: fourth + column, first: width), part)
      a.store(to: result + column, first: width)
    }
  }

  @inline(__always)
  private func join1<Reduction: FloatReduction>(_ reduction: Reduction, _ row: UnsafePointer<Float>) {
    joinVectors(columns) { column, width in
      let part = shift.map { Lanes(at: $0 + column, first: width) } ?? Lanes.zero
      let a = reduction.combine(Lanes(at: result + column, first: width), Lanes(at: row + column, first: width), part)
      a.store(to: result + column, first: width)
    }
  }

  @inline(__always)
  private func shifts(_ column: Int) -> Lanes { shift.map { Lanes(at: $0 + column) } ?? Lanes.zero }
}
