// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Tensors

/// Takes a part of x: `SliceRanges` says which.
package enum SliceOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let input = try node.input(0)
    guard let ranges = try SliceRanges(node, of: input.shape, firstInput: 1) else { return .deferred }
    try node.setOutput(0, input.type, ranges.count)
    return .known
  }

  /// The element of the input from which on the output is one run of it, or nil where there is no such. For a node that `infer` has accepted.
  package static func firstOfRun(_ node: NodeView) -> Int? {
    guard let input = node.optionalInput(0), let ranges = try? SliceRanges(node, of: input.shape, firstInput: 1), ranges.isRun(of: input.shape)
    else { return nil }
    return ranges.offset(input.shape.rowMajorStrides)
  }

  /// The first element of each position of the input from which on the output has elements of all positions, or nil where it is cut otherwise.
  /// For a node that `infer` has accepted.
  package static func firstOfPositions(_ node: NodeView) -> Int? {
    guard let input = node.optionalInput(0), let ranges = try? SliceRanges(node, of: input.shape, firstInput: 1), ranges.takesPositions(of: input.shape)
    else { return nil }
    return ranges.first[input.shape.rank &- 1]
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel {
    var kernel = Kernel.moving(node.optionalOutput(0)?.count ?? 0, "strided copy")
    if firstOfPositions(node) != nil { kernel.pitches = Kernel.pitchedInput }
    return kernel
  }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let input = try node.input(0)
    guard let output = node.optionalOutput(0), let ranges = try SliceRanges(node, of: input.shape, firstInput: 1) else { return }
    let strides = input.shape.rowMajorStrides(pitch: input.pointee.pitch)
    let steps = ranges.count.rowMajorStrides
    var copy = StridedCopy()
    for axis in 0..<strides.rank {
      copy.append(ranges.count[axis], source: strides[axis] &* ranges.step[axis], destination: steps[axis])
    }
    copy.finish()
    guard copy.count > 0 else { return }
    try run.copy(copy, from: input.address(ranges.offset(strides)), to: output.address(), elementSize: input.type.size)
  }
}

/// x with a part replaced by `value`, which is broadcast to the part's shape.
package enum SliceUpdateOperator: Operator {
  /// `value`'s shape without leading extents of 1 beyond `rank`.
  private static func trimmed(_ shape: Shape, to rank: Int) -> Shape {
    var result = Shape()
    let extra = max(shape.rank - rank, 0)
    for axis in 0..<shape.rank where axis >= extra || shape[axis] != 1 { result.append(shape[axis]) }
    return result
  }

  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let input = try node.input(0)
    let value = try node.input(1)
    try node.requireSameType(value, input, "the value")
    guard let ranges = try SliceRanges(node, of: input.shape, firstInput: 2) else { return .deferred }
    guard Shape.broadcast(trimmed(value.shape, to: ranges.count.rank), ranges.count) == ranges.count else {
      throw node.fail(.invalidShape).text("a value of the shape ").shape(value.shape).text(" does not fit the slice ").shape(ranges.count).status
    }
    try node.setOutput(0, input.type, input.shape)
    return .known
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel { .moving(node.optionalInput(0)?.count ?? 0, "copy, strided copy") }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let input = try node.input(0)
    let value = try node.input(1)
    guard let output = node.optionalOutput(0), let ranges = try SliceRanges(node, of: input.shape, firstInput: 2) else { return }
    try run.phase { share throws(Status) in try share.copy(input, to: output) }
    let strides = input.shape.rowMajorStrides
    let sources = trimmed(value.shape, to: ranges.count.rank).broadcastStrides(to: ranges.count)
    var copy = StridedCopy()
    for axis in 0..<strides.rank {
      copy.append(ranges.count[axis], source: sources[axis], destination: strides[axis] &* ranges.step[axis])
    }
    copy.finish()
    guard copy.count > 0 else { return }
    try run.copy(copy, from: value.address(), to: output.address(ranges.offset(strides)), elementSize: input.type.size)
  }
}
