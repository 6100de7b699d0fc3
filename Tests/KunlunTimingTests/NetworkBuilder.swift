// Networks by shapes alone, in the form that the converter leaves them in. SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import ModelFile

/// Builds a graph operator by operator; weights have shapes and no elements, images are [1, height, width, channels].
final class NetworkBuilder {
  let graph: Graph
  private var count = 0

  init(_ name: String) { graph = Graph(name: name) }

  func input(_ shape: [Int], name: String = "x") -> Value {
    let value = Value(name: name, type: .float32, shape: shape)
    graph.inputs.append(value)
    return value
  }

  func weights(_ shape: [Int]) -> Value { Value(name: "w\(next())", constant: Constant(type: .float32, shape: shape, bytes: Data())) }

  func finish(_ output: Value) -> Graph {
    graph.outputs = [output]
    return graph
  }

  private func next() -> Int {
    count += 1
    return count
  }

  @discardableResult
  func add(_ code: OperatorCode, _ inputs: [Value?], shape: [Int], attributes: [String: Attribute] = [:], activation: String? = nil) -> Value {
    var attributes = attributes
    if let activation { attributes["activation"] = .activation(function: activation, alpha: 0, beta: 6) }
    let output = Value(name: "t\(next())", type: .float32, shape: shape)
    graph.nodes.append(Node(code, name: "\(code.name)\(count)", inputs: inputs, outputs: [output], attributes: attributes))
    return output
  }

  /// A convolution with a bias; `extent` of the result where padding does not keep the image's, rounded up, over the stride.
  func conv(_ x: Value, _ channels: Int, _ kernel: Int, stride: Int = 1, groups: Int = 1, extent: Int? = nil, activation: String? = "relu", residual: Value? = nil) -> Value {
    let shape = x.shape ?? []
    let side = extent ?? (shape[1] + stride - 1) / stride
    let parameters = weights([kernel, kernel, shape[3] / groups, channels])
    return add(.convolution, [x, parameters, weights([channels]), residual], shape: [shape[0], side, side, channels],
      attributes: ["groups": .integer(groups), "strides": .integers([stride, stride])], activation: activation)
  }

  func pool(_ x: Value, extent: Int) -> Value {
    let shape = x.shape ?? []
    return add(.pool, [x], shape: [shape[0], extent, extent, shape[3]])
  }

  func globalPool(_ x: Value) -> Value {
    let shape = x.shape ?? []
    let pooled = add(.reduce, [x], shape: [shape[0], 1, 1, shape[3]], attributes: ["function": .member("mean")])
    return add(.reshape, [pooled], shape: [shape[0], shape[3]])
  }

  func flatten(_ x: Value) -> Value { add(.reshape, [x], shape: [1, (x.shape ?? []).reduce(1, *)]) }

  func fc(_ x: Value, _ columns: Int, activation: String? = nil, residual: Value? = nil) -> Value {
    let shape = x.shape ?? []
    return add(.matmul, [x, weights([shape[shape.count - 1], columns]), weights([columns]), residual], shape: shape.dropLast() + [columns], activation: activation)
  }

  func softmax(_ x: Value) -> Value { add(.softmax, [x], shape: x.shape ?? []) }

  func layerNorm(_ x: Value) -> Value { add(.layerNormalization, [x, weights([x.shape?.last ?? 1]), weights([x.shape?.last ?? 1])], shape: x.shape ?? []) }

  func concat(_ list: [Value]) -> Value {
    var shape = list[0].shape ?? []
    shape[shape.count - 1] = list.reduce(0) { $0 + ($1.shape?.last ?? 0) }
    return add(.concat, list, shape: shape)
  }

  /// Attention with its projections and feed-forward products (Vaswani et al. 2017), normalised after each.
  func encoder(_ x: Value, heads: Int, hidden: Int) -> Value {
    let shape = x.shape ?? []
    let width = shape[2]
    let attended = add(.attention, [fc(x, 3 * width)], shape: shape, attributes: ["heads": .integer(heads), "value_features": .integer(width / heads)])
    let sum = layerNorm(fc(attended, width, residual: x))
    return layerNorm(fc(fc(sum, hidden, activation: "gelu"), width, residual: sum))
  }
}
