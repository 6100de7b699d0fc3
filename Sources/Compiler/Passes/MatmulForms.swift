// SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

/// Takes transposes of the last two dimensions into the matrix product that reads them.
enum MatmulForms: Pass {
  static let title = "taking transposes into products"

  static func run(_ graph: Graph, _ knowledge: ShapeKnowledge) -> Bool {
    let uses = ValueUses(graph)
    var changed = false
    for node in graph.nodes where node.operatorCode == .matmul {
      for (index, key) in ["transpose_a", "transpose_b"].enumerated() {
        guard let value = node.input(index), let transpose = uses.producer(value), transpose.operatorCode == .transpose, let source = transpose.input(0),
          swapsLastTwo(transpose.integers("permutation")) else { continue }
        node.inputs[index] = source
        node.attributes[key] = .boolean(!node.boolean(key))
        changed = true
      }
      // Constant weights are multiplied as [K, N]: kernels find their rows in place.
      if let weights = node.input(1)?.constant, weights.shape.count == 2, node.boolean("transpose_b"), uses.readers(node.inputs[1] ?? Value(name: "")).count == 1 {
        node.inputs[1] = Value(name: node.inputs[1]?.name ?? "weights", constant: weights.transposed([1, 0]))
        node.attributes["transpose_b"] = nil
        changed = true
      }
    }
    return changed
  }

  private static func swapsLastTwo(_ permutation: [Int]) -> Bool {
    let rank = permutation.count
    guard rank >= 2 else { return false }
    return permutation == Array(0..<(rank - 2)) + [rank - 1, rank - 2]
  }
}
