// SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

/// Removes nodes whose outputs nobody reads, and marks single outputs that nobody reads as not wanted.
enum DeadCode: Pass {
  static let title = "removing dead code"

  static func run(_ graph: Graph, _ knowledge: ShapeKnowledge) -> Bool {
    var wanted = Set(graph.outputs.map { ObjectIdentifier($0) })
    var kept: [Node] = []
    var changed = false
    for node in graph.nodes.reversed() {
      guard node.outputs.contains(where: { $0.map { wanted.contains(ObjectIdentifier($0)) } ?? false }) else {
        changed = true
        continue
      }
      // A loop hands its values on by way of their outputs, so those stay.
      let handedOn = node.operatorCode == .loop ? max(node.inputs.count - 2, 0) : 0
      for index in node.outputs.indices.dropFirst(handedOn) {
        if let value = node.outputs[index], !wanted.contains(ObjectIdentifier(value)) {
          node.outputs[index] = nil
          changed = true
        }
      }
      for case let value? in node.inputs { wanted.insert(ObjectIdentifier(value)) }
      for inner in node.innerGraphs { for value in inner.capturedValues { wanted.insert(ObjectIdentifier(value)) } }
      kept.append(node)
    }
    graph.nodes = kept.reversed()
    return changed
  }
}
