// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Tensors

/// y = function over the axes of x (all where none are named; negative ones count from the end).
///
/// float32: every function but any and all. int8, uint8, int32 and int64: sum, mean (toward zero), maximum, minimum, product,
/// sum_absolute and sum_square, wrapping around. Booleans: any and all. The result has x's type. Of no elements: the neutral
/// element, NaN for a float's mean and 0 for an integer's.
package enum ReduceOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let x = try node.input(0)
    let attributes = ReduceAttributes(node.attributes)
    let axes = try axes(node, attributes, x.shape)
    guard accepts(attributes.function, x.type) else {
      throw node.fail(.invalidType).text("no function of number ").integer(Int(attributes.function.rawValue)).text(" for elements of type ")
        .type(x.type).status
    }
    let shape = x.shape
    guard shape.checkedElementCount != nil else { throw node.fail(.invalidShape).text("an input of shape ").shape(shape).status }
    var result = Shape()
    for axis in 0..<shape.rank {
      if axes >> UInt32(axis) & 1 == 0 { result.append(shape[axis]) } else if attributes.keepDimensions { result.append(1) }
    }
    try node.setOutput(0, x.type, result)
    return .known
  }

  /// A bit for each reduced axis.
  private static func axes(_ node: NodeView, _ attributes: ReduceAttributes, _ shape: Shape) throws(Status) -> UInt32 {
    let list = attributes.axes
    if list.isEmpty { return 0xFF }
    var result: UInt32 = 0
    for index in 0..<list.count {
      // A scalar may be reduced over the axis that it would have if it were a vector.
      if shape.rank == 0 && (list[index] == 0 || list[index] == -1) { continue }
      result |= 1 << UInt32(try node.axis(Int(list[index]), rank: shape.rank))
    }
    return result
  }

  private static func accepts(_ function: ReduceFunction, _ type: ElementType) -> Bool {
    switch function {
    case .any, .all: type == .boolean
    case .sum, .mean, .maximum, .minimum, .product, .sumAbsolute, .sumSquare: type == .float32 || type.isComputedInteger
    case .norm2, .logSum, .logSumExp: type == .float32
    }
  }

  /// Columns that are reduced at once where the innermost dimension stays.
  private static var tile: Int { 32 }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel {
    guard let x = node.optionalInput(0), let axes = try? axes(node, ReduceAttributes(node.attributes), x.shape) else { return Kernel("nothing") }
    let dimensions = ReducedDimensions(x.shape, axes: axes)
    let large = x.count > worthDividing
    if x.type != .float32 { return Kernel("by element", reason: "integers", allThreads: large && dimensions.kept.count > 1) }
    if dimensions.innerIsReduced { return Kernel("rows", reason: "innermost axis", allThreads: large && dimensions.kept.count > 1) }
    let slices = slices(dimensions, ReduceAttributes(node.attributes).function)
    if slices > 1 {
      return Kernel("slices of columns", reason: "innermost axis stays, many rows", allThreads: true, scratchBytes: sizeProduct(slices &* 4, dimensions.kept.count))
    }
    return Kernel("columns", reason: "innermost axis stays", allThreads: large && dimensions.kept.count > tile)
  }

  /// Parts of the reduced rows that are reduced by themselves, each by the thread that most likely wrote them: it has them in its cache, and they stay
  /// writable there for what follows. The same for any number of threads, as the order of additions is. 1 where columns are divided instead: not of
  /// so many rows that sums in parts differ from the one chain of additions that other runtimes make (see `FloatReductionKind.columns`).
  private static func slices(_ dimensions: ReducedDimensions, _ function: ReduceFunction) -> Int {
    let rows = dimensions.reduced.count
    guard !dimensions.innerIsReduced, dimensions.reduced.rank == 1, dimensions.kept.rank == 1, rows >= 64, rows <= 4096 else { return 1 }
    guard sizeProduct(rows, dimensions.kept.count) > worthDividing else { return 1 }
    switch function {
    case .sum, .mean, .maximum, .minimum, .product: return 4
    default: return 1
    }
  }

  @_optimize(size)
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let (x, y) = (try node.input(0), try node.output(0))
    let attributes = ReduceAttributes(node.attributes)
    let function = attributes.function
    let dimensions = ReducedDimensions(x.shape, axes: try axes(node, attributes, x.shape))
    if y.count == 0 { return }
    if x.type != .float32 {
      try run.share(of: y.count) { begin, end in
        withIntegers(x.type, IntegerReduce(function: function, dimensions: dimensions, x: x.elements(), y: y.elements(), begin: begin, end: end))
      }
      return
    }
    let floats = FloatReduce(function: function, x: x.elements(), y: y.elements(), count: dimensions.reduced.count)
    if dimensions.innerIsReduced || dimensions.kept.rank == 0 {
      try run.share(of: y.count) { begin, end in floats.rows(dimensions, begin, end) }
    } else if case let slices = slices(dimensions, function), slices > 1 {
      let parts = run.scratch(Float.self)
      try run.phase(slices) { slice in floats.slice(dimensions, slice, of: slices, into: parts) }
      try run.share(of: y.count, grain: tile) { begin, end in floats.join(parts, slices, width: y.count, begin, end) }
    } else {
      var outer = dimensions.kept
      let width = outer.removeInnermost().extent
      let tiles = (width &+ tile &- 1) / tile
      try run.share(of: outer.count &* tiles) { begin, end in
        var cursor = outer
        var unit = begin
        while unit < end {
          let (block, column) = (unit / max(tiles, 1), unit % max(tiles, 1) &* tile)
          cursor.move(to: block)
          // Neighbouring tiles at once, but for the function that keeps something for each column of one.
          let tilesHere = function == .logSumExp ? 1 : min(tiles &- column / tile, end &- unit)
          floats.columns(dimensions.reduced, from: cursor.offset &+ column, to: block &* width &+ column,
            width: min(tilesHere &* tile, width &- column))
          unit = unit &+ max(tilesHere, 1)
        }
      }
    }
  }
}

/// float32: rows where the innermost dimension is reduced, columns where it stays.
private struct FloatReduce {
  let function: ReduceFunction
  let x: UnsafePointer<Float>
  let y: UnsafeMutablePointer<Float>
  /// Elements that become one.
  let count: Int

  private var kind: FloatReductionKind {
    switch function {
    case .maximum: .maximum
    case .minimum: .minimum
    case .product: .product
    case .sumAbsolute: .sumOfMagnitudes
    case .norm2, .sumSquare: .sumOfSquares
    case .logSumExp: .sumOfExponentials
    default: .sum
    }
  }

  func rows(_ dimensions: ReducedDimensions, _ begin: Int, _ end: Int) {
    var kept = dimensions.kept
    kept.move(to: begin)
    var outer = dimensions.reduced
    let length = outer.removeInnermost().extent
    if outer.rank == 0 && kept.rank <= 1 && function != .logSumExp {
      kind.rows(x + begin &* length, rows: end &- begin, length: length, into: y + begin)
      return finish(y + begin, end &- begin)
    }
    for index in begin..<end {
      let top = function == .logSumExp ? whole(.maximum, outer, kept.offset, length, 0) : 0
      y[index] = whole(kind, outer, kept.offset, length, finite(top))
      finish(y + index, 1)
      if function == .logSumExp { y[index] = sum(y[index], top) }
      kept.advance()
    }
  }

  private func whole(_ kind: FloatReductionKind, _ outer: Odometer, _ offset: Int, _ length: Int, _ shift: Float) -> Float {
    var cursor = outer
    var result = kind.start
    for _ in 0..<cursor.count {
      result = kind.merge(result, kind.row(x + offset + cursor.offset, length, shift: shift))
      cursor.advance()
    }
    return result
  }

  func columns(_ reduced: Odometer, from offset: Int, to output: Int, width: Int) {
    var outer = reduced
    let (rows, stride) = outer.removeInnermost()
    let result = y + output
    if function != .logSumExp {
      gather(kind, outer, offset, rows, stride, width, nil, result)
      finish(result, width)
      return
    }
    // One float a column of the tile.
    var shifts = SIMD32<Float>.zero
    withUnsafeMutableBytes(of: &shifts) { bytes in
      guard let base = bytes.baseAddress else { return }
      let shift = base.assumingMemoryBound(to: Float.self)
      gather(.maximum, outer, offset, rows, stride, width, nil, shift)
      let tops = base.load(as: SIMD32<Float>.self)
      for column in 0..<width { shift[column] = finite(shift[column]) }
      gather(kind, outer, offset, rows, stride, width, shift, result)
      finish(result, width)
      for column in 0..<width { result[column] = sum(result[column], tops[column]) }
    }
  }

  /// The columns of a part of the only reduced dimension, into its row of `parts`.
  func slice(_ dimensions: ReducedDimensions, _ index: Int, of slices: Int, into parts: UnsafeMutablePointer<Float>) {
    let width = dimensions.kept.count
    let (first, end) = (partStart(index, of: slices, count), partStart(index &+ 1, of: slices, count))
    startColumns(kind, width, parts + index &* width)
    kind.columns(x + first &* width, rows: end &- first, stride: width, columns: width, shift: nil, into: parts + index &* width)
  }

  /// Columns `begin` ..< `end` of `width` from those of all parts.
  func join(_ parts: UnsafePointer<Float>, _ slices: Int, width: Int, _ begin: Int, _ end: Int) {
    startColumns(kind, end &- begin, y + begin)
    kind.columns(parts + begin, rows: slices, stride: width, columns: end &- begin, shift: nil, into: y + begin)
    finish(y + begin, end &- begin)
  }

  private func startColumns(_ kind: FloatReductionKind, _ width: Int, _ result: UnsafeMutablePointer<Float>) {
    for column in 0..<width { result[column] = kind.start }
  }

  private func gather(
    _ kind: FloatReductionKind, _ outer: Odometer, _ offset: Int, _ rows: Int, _ stride: Int, _ width: Int, _ shift: UnsafePointer<Float>?,
    _ result: UnsafeMutablePointer<Float>
  ) {
    startColumns(kind, width, result)
    var cursor = outer
    for _ in 0..<cursor.count {
      kind.columns(x + offset + cursor.offset, rows: rows, stride: stride, columns: width, shift: shift, into: result)
      cursor.advance()
    }
  }

  /// What is left to do to a gathered result.
  private func finish(_ result: UnsafeMutablePointer<Float>, _ width: Int) {
    switch function {
    case .mean: divideFloats(result, width, by: Float(count))
    case .norm2: applyActivation(Activation(function: .sqrt), result, width)
    case .logSum, .logSumExp: applyActivation(Activation(function: .log), result, width)
    default: break
    }
  }

  /// What is subtracted before the exponentials.
  private func finite(_ top: Float) -> Float { top.magnitude < .infinity ? top : 0 }

  /// The logarithm of a sum of exponentials whose largest argument is `top`: the same where that is infinite or NaN.
  private func sum(_ logarithm: Float, _ top: Float) -> Float { top.magnitude < .infinity ? logarithm + top : top }
}

/// Integers and booleans, element by element in 64 bits, of which the result's low bits are kept.
private struct IntegerReduce: IntegerVisitor {
  let function: ReduceFunction
  let dimensions: ReducedDimensions
  let x: UnsafePointer<UInt8>
  let y: UnsafeMutablePointer<UInt8>
  let begin, end: Int

  func visit<Element: FixedWidthInteger & BitwiseCopyable>(_: Element.Type) {
    let x = UnsafeRawPointer(x).assumingMemoryBound(to: Element.self)
    let y = UnsafeMutableRawPointer(y).assumingMemoryBound(to: Element.self)
    var kept = dimensions.kept
    kept.move(to: begin)
    var outer = dimensions.reduced
    let (length, stride) = outer.removeInnermost()
    let count = Int64(outer.count &* length)
    for index in begin..<end {
      var result = start(Int64(truncatingIfNeeded: Element.min), Int64(truncatingIfNeeded: Element.max))
      for _ in 0..<outer.count {
        let from = x + kept.offset + outer.offset
        for step in 0..<length { result = combine(result, Int64(truncatingIfNeeded: from[step &* stride])) }
        outer.advance()
      }
      if function == .mean { result = count == 0 ? 0 : result.dividedReportingOverflow(by: count).partialValue }
      y[index] = Element(truncatingIfNeeded: result)
      kept.advance()
    }
  }

  private func start(_ smallest: Int64, _ largest: Int64) -> Int64 {
    switch function {
    case .maximum: smallest
    case .minimum: largest
    case .product, .all: 1
    default: 0
    }
  }

  private func combine(_ result: Int64, _ x: Int64) -> Int64 {
    switch function {
    case .maximum: max(result, x)
    case .minimum: min(result, x)
    case .product: result &* x
    case .any: x != 0 ? 1 : result
    case .all: x == 0 ? 0 : result
    case .sumAbsolute: result &+ (x < 0 ? 0 &- x : x)
    case .sumSquare: result &+ x &* x
    default: result &+ x
    }
  }
}
