// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Tensors

/// Cuts x along an axis into as many parts as there are outputs.
package enum SplitOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let attributes = SplitAttributes(node.attributes)
    let input = try node.input(0)
    var shape = input.shape
    let axis = try node.axis(Int(attributes.axis), rank: shape.rank)
    guard let sizes = try node.integers(1, else: attributes.sizes, "the sizes") else { return .deferred }
    let extent = shape[axis]
    let parts = node.outputCount
    guard parts > 0 && (sizes.count == 0 || sizes.count == parts) else {
      throw node.fail(.invalidModel).integer(sizes.count).text(" sizes for ").integer(parts).text(" outputs").status
    }
    var given = 0
    var open = -1
    for part in 0..<sizes.count {
      let size = sizes[part]
      if size == -1 && open < 0 {
        open = part
        continue
      }
      let (sum, overflow) = given.addingReportingOverflow(size)
      guard size >= 0 && !overflow else { throw node.fail(.invalidShape).text("a part of size ").integer(size).status }
      given = sum
    }
    guard sizes.count == 0 || given == extent || (open >= 0 && given <= extent) else {
      throw node.fail(.invalidShape).text("the sizes add up to ").integer(given).text(", the extent is ").integer(extent).status
    }
    let even = extent / parts &+ (extent % parts == 0 ? 0 : 1)
    var left = extent
    for part in 0..<parts {
      shape[axis] = sizes.count == 0 ? min(even, left) : part == open ? extent &- given : sizes[part]
      left = left &- shape[axis]
      try node.setOutput(part, input.type, shape)
    }
    return .known
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel {
    var kernel = Kernel.moving(node.optionalInput(0)?.count ?? 0, "copy of runs")
    if let parts = try? SplitParts(node), parts.isAlongLast { kernel.pitches = Kernel.pitchedInput }
    return kernel
  }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    guard var parts = try SplitParts(node) else { return }
    let input = try node.input(0)
    for part in 0..<node.outputCount {
      let (first, count) = parts.next(part)
      guard let output = node.optionalOutput(part) else { continue }
      var copy = StridedCopy()
      copy.append(parts.outer, source: parts.isAlongLast ? input.pointee.pitch : parts.inner &* parts.extent, destination: count)
      copy.append(count, source: 1, destination: 1)
      copy.finish()
      try run.copy(copy, from: input.address(first), to: output.address(), elementSize: input.type.size)
    }
  }
}

/// Where the parts of a split lie in its input. The sizes again, as `infer` found them: an output that nobody reads has no shape to ask.
package struct SplitParts {
  /// Repetitions of the cut axis, its extent, and elements of one of its positions.
  package let outer: Int
  let extent, inner: Int
  /// Whether every position of the input holds elements of each part.
  package let isAlongLast: Bool
  private let sizes: IntegerList
  private let parts: Int
  private var given = 0
  private var begin = 0

  /// For a node that `infer` has accepted; nil where the sizes are not known yet.
  package init?(_ node: NodeView) throws(Status) {
    let attributes = SplitAttributes(node.attributes)
    let shape = try node.input(0).shape
    let axis = try node.axis(Int(attributes.axis), rank: shape.rank)
    guard let sizes = try node.integers(1, else: attributes.sizes, "the sizes") else { return nil }
    self.sizes = sizes
    parts = max(node.outputCount, 1)
    outer = shape.product(0, axis)
    extent = shape[axis]
    isAlongLast = shape.rank >= 2 && axis == shape.rank &- 1
    inner = shape.product(axis + 1, shape.rank)
    for part in 0..<sizes.count { given = given &+ max(sizes[part], 0) }
  }

  /// The first element of `part`, and its elements for one repetition. To be asked for one part after the other.
  package mutating func next(_ part: Int) -> (first: Int, count: Int) {
    let even = extent / parts &+ (extent % parts == 0 ? 0 : 1)
    let wanted = sizes.count == 0 ? even : sizes.at(part, else: 0) < 0 ? extent &- given : sizes.at(part, else: 0)
    let size = max(min(wanted, extent &- begin), 0)
    defer { begin = begin &+ size }
    return (begin &* inner, size &* inner)
  }
}
