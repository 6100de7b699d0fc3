// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Tensors

/// The part of each dimension that a slice takes: `count` elements from `first` in steps of `step`.
struct SliceRanges {
  private(set) var first: Shape
  private(set) var step: Shape
  /// The shape of the slice.
  private(set) var count: Shape

  /// Reads the attributes `SliceAttributes` and the inputs starts, ends, steps from `firstInput` on; nil where they are not known yet.
  /// Bounds follow Python: negative ones count from the end, those outside clamp.
  init?(_ node: NodeView, of shape: Shape, firstInput: Int) throws(Status) {
    let attributes = SliceAttributes(node.attributes)
    guard let starts = try node.integers(firstInput, else: attributes.starts, "starts"),
      let ends = try node.integers(firstInput + 1, else: attributes.ends, "ends"),
      let steps = try node.integers(firstInput + 2, else: attributes.steps, "steps")
    else { return nil }
    let axes = attributes.axes
    guard ends.count == starts.count && (steps.count == 0 || steps.count == starts.count) && (axes.isEmpty || axes.count == starts.count) else {
      throw node.fail(.invalidModel).integer(starts.count).text(" starts, ").integer(ends.count).text(" ends, ").integer(steps.count)
        .text(" steps and ").integer(axes.count).text(" axes").status
    }
    first = Shape(rank: shape.rank, repeating: 0)
    step = Shape(rank: shape.rank, repeating: 1)
    count = shape
    var seen: UInt32 = 0
    for index in 0..<starts.count {
      let axis = try node.axis(axes.isEmpty ? index : Int(axes[index]), rank: shape.rank)
      guard seen & (1 << UInt32(axis)) == 0 else { throw node.fail(.invalidModel).text("axis ").integer(axis).text(" is sliced twice").status }
      seen |= 1 << UInt32(axis)
      let extent = shape[axis]
      let stride = steps.at(index, else: 1)
      guard stride != 0 else { throw node.fail(.invalidShape).text("the step of axis ").integer(axis).text(" is 0").status }
      // A backward slice may end before element 0, so its bounds clamp one lower.
      let low = stride > 0 ? 0 : -1
      let high = stride > 0 ? extent : extent &- 1
      let begin = min(max(starts[index] < 0 ? starts[index] &+ extent : starts[index], low), high)
      let end = min(max(ends[index] < 0 ? ends[index] &+ extent : ends[index], low), high)
      let distance = stride > 0 ? end &- begin : begin &- end
      // stride.magnitude may be 2^63, so the division is one of unsigned numbers; the quotient is at most the extent.
      count[axis] = distance <= 0 ? 0 : Int(truncatingIfNeeded: UInt(bitPattern: distance &- 1) / stride.magnitude) &+ 1
      first[axis] = begin
      step[axis] = stride
    }
  }

  /// Whether the slice has elements, and they follow each other in a dense tensor of `shape`: whole positions of the first axis that is cut.
  func isRun(of shape: Shape) -> Bool {
    var isCut = false
    for axis in 0..<shape.rank {
      if count[axis] == 0 || (isCut && count[axis] != shape[axis]) { return false }
      if count[axis] == 1 { continue }
      if step[axis] != 1 { return false }
      isCut = true
    }
    return true
  }

  /// Whether the slice has elements of every position of a tensor of `shape`, the same ones, and they follow each other.
  func takesPositions(of shape: Shape) -> Bool {
    for axis in 0..<shape.rank where step[axis] != 1 || (axis < shape.rank &- 1 && count[axis] != shape[axis]) { return false }
    return shape.rank >= 2 && count[shape.rank &- 1] > 0
  }

  /// The element where the slice begins in a dense tensor with these strides.
  func offset(_ strides: Shape) -> Int {
    var offset = 0
    for axis in 0..<strides.rank { offset = offset &+ first[axis] &* strides[axis] }
    return offset
  }
}
