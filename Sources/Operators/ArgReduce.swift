// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Tensors

/// The index of the largest (or smallest) element along an axis, or of all elements; the first of equal ones, or the last with select_last.
///
/// x is float32 or an integer type; a NaN is never larger or smaller, so that it is only found where it comes first. Output int64, or
/// int32 as `to` says. The axis must not be empty.
package enum ArgReduceOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let x = try node.input(0)
    let attributes = ArgReduceAttributes(node.attributes)
    let shape = x.shape
    guard x.type == .float32 || x.type.isComputedInteger else { throw node.fail(.invalidType).text("elements of type ").type(x.type).status }
    let to = attributes.to == .none ? ElementType.int64 : attributes.to
    guard to == .int64 || to == .int32 else { throw node.fail(.invalidType).text("indices of type ").type(to).status }
    guard let count = shape.checkedElementCount else { throw node.fail(.invalidShape).text("an input of shape ").shape(shape).status }
    var result = Shape()
    var length = count
    if attributes.flatten || shape.rank == 0 {
      if attributes.keepDimensions { result = Shape(rank: shape.rank, repeating: 1) }
    } else {
      let axis = try node.axis(Int(attributes.axis), rank: shape.rank)
      length = shape[axis]
      for position in 0..<shape.rank {
        if position != axis { result.append(shape[position]) } else if attributes.keepDimensions { result.append(1) }
      }
    }
    guard length > 0 else { throw node.fail(.invalidShape).text("the axis is empty in ").shape(shape).status }
    try node.setOutput(0, to, result)
    return .known
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel {
    let large = (node.optionalInput(0)?.count ?? 0) > worthDividing && (node.optionalOutput(0)?.count ?? 0) > 1
    return Kernel("line by line", reason: large ? "large" : "small", allThreads: large)
  }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let (x, y) = (try node.input(0), try node.output(0))
    let attributes = ArgReduceAttributes(node.attributes)
    let shape = x.shape
    let flat = attributes.flatten || shape.rank == 0
    let loop = flat ? AxisLoop(Shape(x.count), axis: 0) : AxisLoop(shape, axis: try node.axis(Int(attributes.axis), rank: shape.rank))
    let choice = Choice(loop: loop, minimum: attributes.minimum, last: attributes.selectLast, to: y)
    try run.share(of: loop.lines) { begin, end in
      if x.type == .float32 {
        choice.writeFloats(x.elements(), begin, end)
      } else {
        withIntegers(x.type, ChooseInteger(choice: choice, x: x.elements(), begin: begin, end: end))
      }
    }
  }
}

private struct Choice {
  let loop: AxisLoop
  let minimum, last: Bool
  let to: MutableTensorPointer

  func write<Element: Comparable & BitwiseCopyable>(_ x: UnsafePointer<Element>, _ begin: Int, _ end: Int) {
    for line in begin..<end {
      let from = x + loop.start(line)
      var best = from[0]
      var found = 0
      var index = 1
      while index < loop.length {
        let value = from[index &* loop.inner]
        if (minimum ? value < best : value > best) || (last && value == best) {
          best = value
          found = index
        }
        index = index &+ 1
      }
      put(found, line)
    }
  }

  /// By vectors along the lines or, where their elements lie apart, across them.
  func writeFloats(_ x: UnsafePointer<Float>, _ begin: Int, _ end: Int) {
    if loop.inner == 1 {
      return extremePositions(x + begin &* loop.length, rows: end &- begin, length: loop.length, minimum: minimum, last: last) { put($1, begin &+ $0) }
    }
    guard loop.length <= Int32.max else { return write(x, begin, end) }
    var line = begin
    while line < end {
      let columns = min(loop.inner &- line % loop.inner, end &- line)
      extremePositions(x + loop.start(line), rows: loop.length, stride: loop.inner, columns: columns, minimum: minimum, last: last) {
        put($1, line &+ $0)
      }
      line = line &+ columns
    }
  }

  @inline(__always)
  private func put(_ found: Int, _ line: Int) {
    if to.type == .int64 { to.elements(Int64.self)[line] = Int64(found) } else { to.elements(Int32.self)[line] = Int32(truncatingIfNeeded: found) }
  }
}

private struct ChooseInteger: IntegerVisitor {
  let choice: Choice
  let x: UnsafePointer<UInt8>
  let begin, end: Int

  func visit<Element: FixedWidthInteger & BitwiseCopyable>(_: Element.Type) {
    choice.write(UnsafeRawPointer(x).assumingMemoryBound(to: Element.self), begin, end)
  }
}
