// SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

/// Flattens images as they are stored: a transpose to channels-first before a flatten before a matrix product with constant weights
/// goes into the order of the weights' rows.
enum FlattenedWeights: Pass {
  static let title = "reordering weights behind flattened images"

  static func run(_ graph: Graph, _ knowledge: ShapeKnowledge) -> Bool {
    let uses = ValueUses(graph)
    for product in graph.nodes where product.operatorCode == .matmul && !product.boolean("transpose_a") {
      guard let flat = product.input(0), let weights = product.input(1)?.constant, weights.shape.count == 2, uses.onlyReader(flat) === product,
        let flatten = uses.producer(flat), [.reshape, .flatten].contains(flatten.operatorCode), let image = flatten.input(0),
        let transpose = uses.producer(image), transpose.isTranspose(toChannelsLast: false), uses.onlyReader(image) === flatten,
        let stored = transpose.input(0), let shape = stored.shape, let flatShape = flat.shape, flatShape.count == 2 else { continue }
      let extents = Array(shape.dropFirst())  // spatial..., C
      let count = extents.reduce(1, *)
      let rows = product.boolean("transpose_b") ? 1 : 0
      guard extents.allSatisfy({ $0 > 0 }), flatShape[1] == count, weights.shape[rows] == count else { continue }
      let sourceOrder = [extents[extents.count - 1]] + extents.dropLast()  // C, spatial...
      let toStored = Array(1..<extents.count) + [0]
      let other = weights.shape[1 - rows]
      let moved = rows == 0
        ? weights.reshaped(sourceOrder + [other]).transposed(toStored + [extents.count])
        : weights.reshaped([other] + sourceOrder).transposed([0] + toStored.map { $0 + 1 })
      product.inputs[1] = Value(name: product.inputs[1]?.name ?? "weights", constant: moved.reshaped(weights.shape))
      flatten.operatorCode = .reshape
      flatten.inputs = [stored]
      flatten.attributes = ["shape": .integers([-1, count])]
      return true
    }
    return false
  }
}
