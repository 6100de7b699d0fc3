// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Tensors

/// Permutes dimensions: output dimension i is input dimension permutation[i]. No permutation reverses them.
package enum TransposeOperator: Operator {
  /// The input's axis that becomes output axis `axis`.
  private static func source(_ permutation: FileVector<Int32>, _ axis: Int, rank: Int) -> Int {
    guard axis < permutation.count else { return rank &- 1 &- axis }
    let source = Int(permutation[axis])
    return source < 0 ? source &+ rank : source
  }

  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let permutation = TransposeAttributes(node.attributes).permutation
    let input = try node.input(0)
    let shape = input.shape
    guard permutation.isEmpty || permutation.count == shape.rank else {
      throw node.fail(.invalidShape).text("a permutation of ").integer(permutation.count).text(" dimensions for an input of the shape ")
        .shape(shape).status
    }
    var result = Shape(rank: shape.rank, repeating: 1)
    var seen: UInt32 = 0
    for axis in 0..<shape.rank {
      let source = try node.axis(source(permutation, axis, rank: shape.rank), rank: shape.rank)
      guard seen & (1 << UInt32(source)) == 0 else {
        throw node.fail(.invalidShape).text("dimension ").integer(source).text(" appears twice in the permutation").status
      }
      seen |= 1 << UInt32(source)
      result[axis] = shape[source]
    }
    try node.setOutput(0, input.type, result)
    return .known
  }

  private static func plan(_ node: NodeView) throws(Status) -> StridedCopy {
    let permutation = TransposeAttributes(node.attributes).permutation
    let shape = try node.input(0).shape
    let strides = shape.rowMajorStrides
    var copy = StridedCopy()
    var step = 1
    var steps = Shape(rank: shape.rank, repeating: 1)
    var axis = shape.rank - 1
    while axis >= 0 {
      steps[axis] = step
      step = step &* shape[source(permutation, axis, rank: shape.rank)]
      axis -= 1
    }
    for axis in 0..<shape.rank {
      let source = source(permutation, axis, rank: shape.rank)
      copy.append(shape[source], source: strides[source], destination: steps[axis])
    }
    copy.finish()
    return copy
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel {
    guard let copy = try? plan(node) else { return Kernel("transpose") }
    return .moving(copy.count, copy.form == .tiles ? "transpose by blocks" : "transpose by rows")
  }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let input = try node.input(0)
    guard let output = node.optionalOutput(0) else { return }
    try run.copy(try plan(node), from: input.address(), to: output.address(), elementSize: input.type.size)
  }
}
