// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Tensors

/// Broadcasts x and a target shape to each other; extents -1 and 1 of the target keep the input's.
package enum ExpandOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let input = try node.input(0)
    guard let target = try node.integers(1, else: ExpandAttributes(node.attributes).shape, "the target shape") else { return .deferred }
    guard target.count <= Shape.maximumRank else {
      throw node.fail(.invalidShape).text("a target of ").integer(target.count).text(" dimensions").status
    }
    var wanted = Shape(rank: target.count, repeating: 1)
    for axis in 0..<target.count {
      guard target[axis] >= -1 else { throw node.fail(.invalidShape).text("an extent of ").integer(target[axis]).status }
      wanted[axis] = target[axis] == -1 ? 1 : target[axis]
    }
    guard let result = Shape.broadcast(input.shape, wanted) else {
      throw node.fail(.invalidShape).text("the shape ").shape(input.shape).text(" does not broadcast to ").shape(wanted).status
    }
    try node.setOutput(0, input.type, result)
    return .known
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel { .moving(node.optionalOutput(0)?.count ?? 0, "strided copy") }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let input = try node.input(0)
    guard let output = node.optionalOutput(0) else { return }
    let shape = output.shape
    let sources = input.shape.broadcastStrides(to: shape)
    let strides = shape.rowMajorStrides
    var copy = StridedCopy()
    for axis in 0..<shape.rank { copy.append(shape[axis], source: sources[axis], destination: strides[axis]) }
    copy.finish()
    try run.copy(copy, from: input.address(), to: output.address(), elementSize: input.type.size)
  }
}

/// Repeats x along every dimension; the shorter of shape and repeats is filled up with leading ones. Repeats from input 1 if there.
package enum TileOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let input = try node.input(0)
    guard let repeats = try node.integers(1, else: TileAttributes(node.attributes).repeats, "the repeats") else { return .deferred }
    guard repeats.count <= Shape.maximumRank else {
      throw node.fail(.invalidShape).integer(repeats.count).text(" repeats").status
    }
    let shape = input.shape
    var result = Shape(rank: max(shape.rank, repeats.count), repeating: 1)
    for fromEnd in 1..<(result.rank + 1) {
      let times = fromEnd <= repeats.count ? repeats[repeats.count - fromEnd] : 1
      let (extent, overflow) = shape[shape.rank - fromEnd].multipliedReportingOverflow(by: times)
      guard times >= 0 && !overflow else { throw node.fail(.invalidShape).integer(times).text(" repeats of a dimension").status }
      result[result.rank - fromEnd] = extent
    }
    try node.setOutput(0, input.type, result)
    return .known
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel { .moving(node.optionalOutput(0)?.count ?? 0, "strided copy") }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let input = try node.input(0)
    guard let output = node.optionalOutput(0) else { return }
    let shape = input.shape
    let result = output.shape
    guard output.count > 0 else { return }
    let sources = shape.rowMajorStrides
    let strides = result.rowMajorStrides
    var copy = StridedCopy()
    for axis in 0..<result.rank {
      // Every dimension is walked as [repeats, extent]; the repeats stand still in the source.
      let own = axis - (result.rank - shape.rank)
      let extent = shape[own]
      copy.append(result[axis] / max(extent, 1), source: 0, destination: strides[axis] &* extent)
      copy.append(extent, source: sources[own], destination: strides[axis])
    }
    copy.finish()
    try run.copy(copy, from: input.address(), to: output.address(), elementSize: input.type.size)
  }
}
