// SPDX-License-Identifier: Apache-2.0
import Tensors

/// A dense tensor seen along one axis: `outer` times `length` times `inner` elements.
struct AxisLoop {
  let outer, length, inner: Int

  init(_ shape: Shape, axis: Int) {
    outer = shape.product(0, axis)
    length = shape[axis]
    inner = shape.product(axis + 1, shape.rank)
  }

  /// The lines along the axis.
  var lines: Int { outer &* inner }

  /// The offset of the first element of line `line`; elements of a line are `inner` apart.
  @inline(__always)
  func start(_ line: Int) -> Int { inner == 1 ? line &* length : line / max(inner, 1) &* length &* inner &+ line % max(inner, 1) }
}
