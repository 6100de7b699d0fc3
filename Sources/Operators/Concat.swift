// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Tensors

/// Joins inputs of one type along an axis; the other extents are equal.
package enum ConcatOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let first = try node.input(0)
    let axis = try node.axis(Int(AxisAttributes(node.attributes).axis), rank: first.shape.rank)
    var result = first.shape
    for index in 1..<max(node.inputCount, 1) {
      let input = try node.input(index)
      try node.requireSameType(input, first, "an input")
      let shape = input.shape
      guard shape.rank == result.rank && shape.removing(axis) == result.removing(axis) else {
        throw node.fail(.invalidShape).text("input ").integer(index).text(" has the shape ").shape(shape)
          .text(", which cannot follow ").shape(first.shape).text(" along axis ").integer(axis).status
      }
      let (sum, overflow) = result[axis].addingReportingOverflow(shape[axis])
      guard !overflow else { throw node.fail(.invalidShape).text("the inputs are too large").status }
      result[axis] = sum
    }
    try node.setOutput(0, first.type, result)
    return .known
  }

  /// Whether the inputs lie in the output one after the other, each in one run. For a node that `infer` has accepted.
  package static func joinsRuns(_ node: NodeView) -> Bool {
    guard let output = node.optionalOutput(0), let axis = try? node.axis(Int(AxisAttributes(node.attributes).axis), rank: output.shape.rank)
    else { return false }
    return output.shape.product(0, axis) == 1
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel {
    var count = 0
    for index in 0..<node.inputCount { count = count &+ (node.optionalInput(index)?.count ?? 0) }
    var kernel = Kernel.moving(count, "copy of runs")
    if isAlongLast(node) { kernel.pitches = Kernel.pitchedInputs | Kernel.pitchedOutput }
    return kernel
  }

  /// Whether the inputs lie beside each other in every position of the output. For a node that `infer` has accepted.
  package static func isAlongLast(_ node: NodeView) -> Bool {
    guard let rank = node.optionalOutput(0)?.shape.rank, rank >= 2 else { return false }
    return (try? node.axis(Int(AxisAttributes(node.attributes).axis), rank: rank)) == rank &- 1
  }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    guard let output = node.optionalOutput(0) else { return }
    let shape = output.shape
    let axis = try node.axis(Int(AxisAttributes(node.attributes).axis), rank: shape.rank)
    let outer = shape.product(0, axis)
    let inner = shape.product(axis + 1, shape.rank)
    let isAlongLast = isAlongLast(node)
    let stride = isAlongLast ? output.pointee.pitch : inner &* shape[axis]
    var position = 0
    for index in 0..<node.inputCount {
      let input = try node.input(index)
      let length = inner &* input.shape[axis]
      defer { position = position &+ length }
      // An input that was written at its place.
      if isAlongLast, input.pointee.pitch == stride, input.address() == UnsafeRawPointer(output.address(position)) { continue }
      var copy = StridedCopy()
      copy.append(outer, source: isAlongLast ? input.pointee.pitch : length, destination: stride)
      copy.append(length, source: 1, destination: 1)
      copy.finish()
      try run.copy(copy, from: input.address(), to: output.address(position), elementSize: input.type.size)
    }
  }
}
