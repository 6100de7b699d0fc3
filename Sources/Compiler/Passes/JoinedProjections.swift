// SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import ModelFile

/// Makes one product of the three that give an attention's queries, keys and values from the same input: weights and biases are joined along
/// the columns, and the attention reads its operands side by side.
enum JoinedProjections: Pass {
  static let title = "joining projections of queries, keys and values"

  static func run(_ graph: Graph, _ knowledge: ShapeKnowledge) -> Bool {
    let uses = ValueUses(graph)
    var changed = false
    for node in graph.nodes where node.operatorCode == .attention {
      if let found = ProjectionMatch(node, uses) {
        found.apply()
        changed = true
      }
    }
    graph.nodes.removeAll { $0.operatorCode == .none }
    return changed
  }
}

/// Three projections of one input before an attention.
private struct ProjectionMatch {
  let attention: Node
  let products: [Node]
  let weights: [Constant]
  /// By column; nil where the products have no biases.
  let biases: [[Float]]?
  let valueFeatures: Int
  let x: Value

  init?(_ attention: Node, _ uses: ValueUses) {
    let heads = attention.integer("heads")
    guard heads > 0, attention.integer("value_features") == 0, attention.inputs.count >= 3 else { return nil }
    var (products, weights, biases) = ([Node](), [Constant](), [[Float]]())
    for operand in attention.inputs.prefix(3) {
      // Nothing else reads it: the product's rows are no longer its own.
      guard let product = uses.producer(operand), product.operatorCode == .matmul, uses.onlyReader(operand) === attention,
        let matrix = product.input(1)?.constant, matrix.type == .float32, matrix.shape.count == 2,
        matrix.bytes.count == 4 * matrix.elementCount, matrix.shape[1] > 0, matrix.shape[1] % heads == 0 else { return nil }
      if product.input(2) != nil {
        guard let bias = product.input(2)?.constant?.perLastDimension(channels: matrix.shape[1], rank: 3) else { return nil }
        biases.append(bias)
      }
      products.append(product)
      weights.append(matrix)
    }
    guard let x = products[0].input(0), x.shape?.count == 3, biases.isEmpty || biases.count == 3 else { return nil }
    let scale = products[0].float("scale", default: 1)
    guard weights[0].shape == weights[1].shape, weights[2].shape[0] == weights[0].shape[0], products.allSatisfy({ product in
      product.input(0) === x && product.input(3) == nil && product.activation == nil && !product.boolean("transpose_a")
        && !product.boolean("transpose_b") && product.float("scale", default: 1) == scale
    }) else { return nil }
    (self.attention, self.products, self.weights, self.x) = (attention, products, weights, x)
    self.biases = biases.isEmpty ? nil : biases
    valueFeatures = weights[2].shape[1] / heads
  }

  /// The first product becomes that of all three.
  func apply() {
    let (product, width) = (products[0], weights.reduce(0) { $0 + $1.shape[1] })
    let rows = Value(name: "\(attention.name)/operands", type: .float32, shape: x.shape.map { $0.dropLast() + [width] })
    product.name = "\(attention.name)/projections"
    product.inputs = [x, Value(name: "\(product.name)/weights", constant: joinedWeights(width))]
    if let biases {
      product.inputs.append(Value(name: "\(product.name)/bias", constant: Constant(shape: [width], floats: biases.flatMap { $0 })))
    }
    product.outputs = [rows]
    for other in products.dropFirst() { other.operatorCode = .none }
    attention.inputs = [rows] + (attention.input(3).map { [nil, nil, $0] } ?? [])
    attention.attributes["value_features"] = .integer(valueFeatures)
  }

  private func joinedWeights(_ width: Int) -> Constant {
    let depth = weights[0].shape[0]
    var bytes = Data(capacity: 4 * depth * width)
    for row in 0..<depth {
      for matrix in weights {
        let (begin, length) = (matrix.bytes.startIndex + 4 * row * matrix.shape[1], 4 * matrix.shape[1])
        bytes.append(matrix.bytes[begin..<(begin + length)])
      }
    }
    return Constant(type: .float32, shape: [depth, width], bytes: bytes)
  }
}
