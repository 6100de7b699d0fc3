// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Tensors

/// y = (t - mean) / sqrt(variance + epsilon) · scale + bias with t = x + residual, over the dimensions from `axis` on; root_mean_square
/// leaves the mean out. Inputs x, scale?, bias?, residual (x's shape)?, all float32; scale and bias have as many elements as a row.
package enum LayerNormalizationOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let x = try node.input(0)
    try node.require(x, .float32, "the input")
    let shape = x.shape
    let axis = try node.axis(Int(LayerNormalizationAttributes(node.attributes).axis), rank: shape.rank)
    guard shape.checkedElementCount != nil else { throw node.fail(.invalidShape).text("an input of shape ").shape(shape).status }
    let count = shape.product(axis, shape.rank)
    for index in 1...2 {
      guard let parameter = node.optionalInput(index) else { continue }
      try node.require(parameter, .float32, index == 1 ? "the scale" : "the bias")
      guard parameter.shape.checkedElementCount == count else {
        throw node.fail(.invalidShape).text(index == 1 ? "a scale" : "a bias").text(" of shape ").shape(parameter.shape).text(" for rows of ")
          .integer(count).text(" elements").status
      }
    }
    if let residual = node.optionalInput(3) {
      try node.require(residual, .float32, "the residual")
      guard residual.shape == shape else {
        throw node.fail(.invalidShape).text("a residual of shape ").shape(residual.shape).text(" for an input of shape ").shape(shape).status
      }
    }
    try node.setOutput(0, .float32, shape)
    return .known
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel {
    let large = (node.optionalInput(0)?.count ?? 0) &* 3 > worthDividing
    return Kernel("rows", reason: node.optionalInput(3) == nil ? "no residual" : "residual added on the way", allThreads: large)
  }

  @_optimize(size)
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let (x, y) = (try node.input(0), try node.output(0))
    let attributes = LayerNormalizationAttributes(node.attributes)
    let shape = x.shape
    let axis = try node.axis(Int(attributes.axis), rank: shape.rank)
    let count = shape.product(axis, shape.rank)
    if x.count == 0 { return }
    let (from, to) = (x.elements(Float.self), y.elements(Float.self))
    let scale = node.optionalInput(1).map { $0.elements(Float.self) }
    let bias = node.optionalInput(2).map { $0.elements(Float.self) }
    let residual = node.optionalInput(3).map { $0.elements(Float.self) }
    let (epsilon, rootMeanSquare) = (attributes.epsilon, attributes.rootMeanSquare)
    try run.share(of: shape.product(0, axis)) { begin, end in
      for row in begin..<end {
        normalizeRow(from + row &* count, residual: residual.map { $0 + row &* count }, to + row &* count, count, scale: scale, bias: bias,
          epsilon: epsilon, rootMeanSquare: rootMeanSquare)
      }
    }
  }
}
