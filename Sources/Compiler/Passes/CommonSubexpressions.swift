// SPDX-License-Identifier: Apache-2.0
import Graph

/// Computes once what is computed twice: nodes with the same operator, the same operands and equal attributes become one.
enum CommonSubexpressions: Pass {
  static let title = "joining common subexpressions"

  static func run(_ graph: Graph, _ knowledge: ShapeKnowledge) -> Bool {
    var seen: [String: [Node]] = [:]
    var changed = false
    let results = Set(graph.outputs.map { ObjectIdentifier($0) })
    for node in graph.nodes {
      guard node.innerGraphs.isEmpty, !node.outputs.contains(where: { $0.map { results.contains(ObjectIdentifier($0)) } ?? false }) else { continue }
      // Constants are compared by their elements where they are small, else by identity.
      let operands = node.inputs.map { value -> String in
        guard let value else { return "_" }
        if value.constant.map({ $0.elementCount <= 8 }) ?? false { return "\(value.constant?.type.name ?? "")\(value.operand)" }
        return "\(UInt(bitPattern: ObjectIdentifier(value).hashValue))"
      }
      let key = "\(node.operatorCode.name)(\(operands.joined(separator: ",")))\(node.outputs.count)"
      guard let twin = seen[key]?.first(where: { isSame($0, node) }) else {
        seen[key, default: []].append(node)
        continue
      }
      for (mine, theirs) in zip(node.outputs, twin.outputs) { if let mine, let theirs { graph.replaceUses(of: mine, with: theirs) } }
      node.operatorCode = .none
      changed = true
    }
    if changed { graph.nodes.removeAll { $0.operatorCode == .none } }
    return changed
  }

  private static func isSame(_ left: Node, _ right: Node) -> Bool {
    left.attributes == right.attributes && zip(left.inputs, right.inputs).allSatisfy { a, b in
      a === b || a != nil && b != nil && a?.constant != nil && a?.constant?.type == b?.constant?.type && a?.constant?.shape == b?.constant?.shape
        && a?.constant?.bytes == b?.constant?.bytes
    } && zip(left.outputs, right.outputs).allSatisfy { a, b in a != nil || b == nil }
  }
}
