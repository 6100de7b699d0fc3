// SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import ModelFile

/// Makes one product of the three that give an attention's queries, keys and values from the same input: weights and biases are joined along
/// the columns, and the attention reads its operands side by side. So it does where they were slices of one product's rows.
enum JoinedProjections: Pass {
  static let title = "joining projections of queries, keys and values"

  static func run(_ graph: Graph, _ knowledge: ShapeKnowledge) -> Bool {
    let uses = ValueUses(graph)
    var changed = false
    for node in graph.nodes where node.operatorCode == .attention && node.integer("value_features") == 0 && node.inputs.count >= 3 {
      if let found = ProjectionMatch(node, uses) {
        found.apply()
        changed = true
      } else if let rows = slicedRows(node, uses) {
        read(rows.value, valueFeatures: rows.valueFeatures, node)
        changed = true
      }
    }
    graph.nodes.removeAll { $0.operatorCode == .none }
    return changed
  }

  /// What holds the attention's queries, keys and values side by side, where these are slices of it in this order and all of it.
  private static func slicedRows(_ attention: Node, _ uses: ValueUses) -> (value: Value, valueFeatures: Int)? {
    guard let first = uses.producer(attention.input(0)), let rows = first.input(0), let shape = rows.shape, shape.count == 3, shape[2] > 0 else { return nil }
    var bounds = [0]
    for operand in attention.inputs.prefix(3) {
      guard let slice = uses.producer(operand), slice.operatorCode == .slice, slice.inputs.count == 1, slice.input(0) === rows, slice.integers("axes") == [2],
        slice.integers("steps").allSatisfy({ $0 == 1 }), slice.integers("starts") == [bounds[bounds.count - 1]],
        let end = slice.integers("ends").first, end > bounds[bounds.count - 1] else { return nil }
      bounds.append(end)
    }
    let heads = attention.integer("heads")
    guard bounds[3] == shape[2], bounds[2] == 2 * bounds[1], heads > 0, bounds[1] % heads == 0, (bounds[3] - bounds[2]) % heads == 0 else { return nil }
    return (rows, (bounds[3] - bounds[2]) / heads)
  }

  /// Makes `attention` read queries, keys and values from `rows`, where they lie side by side.
  fileprivate static func read(_ rows: Value, valueFeatures: Int, _ attention: Node) {
    attention.inputs = [rows] + (attention.input(3).map { [nil, nil, $0] } ?? [])
    attention.attributes["value_features"] = .integer(valueFeatures)
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
    guard heads > 0 else { return nil }
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
    JoinedProjections.read(rows, valueFeatures: valueFeatures, attention)
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
