// SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

/// Joins scalings and shifts by numbers that follow one another into one operator, a x + b.
enum AffineChains: Pass {
  static let title = "joining scalings and shifts"

  static func run(_ graph: Graph, _ knowledge: ShapeKnowledge) -> Bool {
    let matching = Matching(graph)
    for node in graph.nodes.reversed() {
      guard let y = node.output(0), y.isFloat, [.binary, .unary].contains(node.operatorCode), let x = operand(node),
        let before = matching.uses.producer(x), matching.uses.onlyReader(x) === node else { continue }
      let rest = matching.affine(y)
      // At least this step and the one before it, with nobody reading in between.
      guard rest.base !== y, rest.base !== x, let source = operand(before), source.shape != nil, source.shape?.count == y.shape?.count else { continue }
      let (_, scale, offset) = matching.affine(y, steps: 2)
      node.operatorCode = .unary
      node.inputs = [source]
      node.attributes = ["function": .member("linear"), "alpha": .float(Double(scale)), "beta": .float(Double(offset))]
      graph.nodes.removeAll { $0 === before }
      return true
    }
    return false
  }

  private static func operand(_ node: Node) -> Value? { node.inputs.compactMap { $0 }.first { $0.constant == nil } }
}
