// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Tensors

/// What every operator has in common that changes the shape and leaves the elements where they are.
protocol ReshapingOperator: Operator {}

extension ReshapingOperator {
  package static func kernel(_ node: NodeView, threads: Int) -> Kernel {
    guard let input = node.optionalInput(0) else { return Kernel("copy") }
    return .moving(input.count, "copy")
  }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    guard let output = node.optionalOutput(0) else { return }
    try run.copy(try node.input(0), to: output)
  }
}

/// Gives x another shape with as many elements. Errors: `.invalidShape` where the counts differ.
package enum ReshapeOperator: ReshapingOperator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let attributes = ReshapeAttributes(node.attributes)
    let input = try node.input(0)
    guard let target = try node.integers(1, else: attributes.shape, "the target shape") else { return .deferred }
    guard target.count <= Shape.maximumRank else {
      throw node.fail(.invalidShape).text("a target of ").integer(target.count).text(" dimensions").status
    }
    let shape = input.shape
    var result = Shape(rank: target.count, repeating: 1)
    var inferred = -1
    for axis in 0..<target.count {
      var extent = target[axis]
      if extent == -1 {
        guard inferred < 0 else { throw node.fail(.invalidShape).text("two extents of the target are -1").status }
        inferred = axis
        continue
      }
      if extent == 0 && !attributes.allowZero {
        guard axis < shape.rank else {
          throw node.fail(.invalidShape).text("extent ").integer(axis).text(" is to be copied from an input of rank ").integer(shape.rank).status
        }
        extent = shape[axis]
      }
      result[axis] = extent
    }
    guard let known = result.checkedElementCount else {
      throw node.fail(.invalidShape).text("the target shape ").shape(result).text(" is impossible").status
    }
    let count = input.count
    if inferred >= 0 && known > 0 { result[inferred] = count / known }
    guard result.checkedElementCount == count else {
      throw node.fail(.invalidShape).text("an input of the shape ").shape(shape).text(" does not fit ").shape(result).status
    }
    try node.setOutput(0, input.type, result)
    return .known
  }
}

/// Merges dimensions first ... last into one; a scalar becomes a vector.
package enum FlattenOperator: ReshapingOperator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let attributes = FlattenAttributes(node.attributes)
    let input = try node.input(0)
    let shape = input.shape
    if shape.rank == 0 {
      try node.setOutput(0, input.type, Shape(1))
      return .known
    }
    let first = try node.axis(Int(attributes.first), rank: shape.rank)
    let last = try node.axis(Int(attributes.last), rank: shape.rank)
    guard first <= last else {
      throw node.fail(.invalidShape).text("dimensions ").integer(first).text(" to ").integer(last).text(" cannot be merged").status
    }
    var result = Shape()
    for axis in 0..<first { result.append(shape[axis]) }
    result.append(shape.product(first, last + 1))
    for axis in (last + 1)..<max(shape.rank, last + 1) { result.append(shape[axis]) }
    try node.setOutput(0, input.type, result)
    return .known
  }
}
