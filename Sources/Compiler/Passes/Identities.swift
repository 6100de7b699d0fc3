// SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

/// Removes nodes that give their input unchanged: identity, casts to the same type, shape changes to the same shape,
/// additions of 0, multiplications by 1, empty pads, whole slices.
enum Identities: Pass {
  static let title = "removing identities"

  static func run(_ graph: Graph, _ knowledge: ShapeKnowledge) -> Bool {
    let uses = ValueUses(graph)
    var replacements: [ObjectIdentifier: Value] = [:]
    var gone: Set<ObjectIdentifier> = []
    for node in graph.nodes {
      guard let output = node.output(0), let input = passedThrough(node, knowledge), input !== output else { continue }
      if !uses.isResult(output) {
        replacements[ObjectIdentifier(output)] = input
        gone.insert(ObjectIdentifier(node))
        if input.type == .none { input.type = output.type }
      } else if replacements.isEmpty, graph.removeIdentity(node, from: input, to: output, uses) {
        return true
      }
    }
    guard !replacements.isEmpty else { return false }
    graph.replaceUses(replacements)
    graph.nodes.removeAll { gone.contains(ObjectIdentifier($0)) }
    return true
  }

  /// The input that `node` gives unchanged; nil where it does something.
  private static func passedThrough(_ node: Node, _ knowledge: ShapeKnowledge) -> Value? {
    guard let x = node.input(0), let y = node.output(0) else { return nil }
    switch node.operatorCode {
    case .unary: return node.member("function", default: "identity") == "identity" ? x : isLinearIdentity(node) ? x : nil
    case .cast: return x.type != .none && "\(x.type.name)" == node.member("to", default: "none") ? x : nil
    case .transpose:
      let permutation = node.integers("permutation")
      return !permutation.isEmpty && permutation == Array(permutation.indices) ? x : nil
    case .reshape, .squeeze, .unsqueeze, .flatten, .expand:
      return x.constant == nil && knowledge.haveSameShape(x, y) ? x : nil
    case .concat: return node.inputs.count == 1 ? x : nil
    case .pad: return node.inputs.count == 1 && node.integers("pads").allSatisfy { $0 == 0 } ? x : nil
    case .tile: return node.inputs.count == 1 && node.integers("repeats").allSatisfy { $0 == 1 } ? x : nil
    case .slice:
      let steps = node.integers("steps")
      return node.inputs.count == 1 && steps.allSatisfy { $0 == 1 } && knowledge.haveSameShape(x, y) ? x : nil
    case .binary: return neutral(node, knowledge)
    default: return nil
    }
  }

  private static func isLinearIdentity(_ node: Node) -> Bool {
    node.member("function", default: "identity") == "linear" && node.float("alpha") == 1 && node.float("beta") == 0
  }

  private static func neutral(_ node: Node, _ knowledge: ShapeKnowledge) -> Value? {
    guard node.activation == nil, let a = node.input(0), let b = node.input(1), let y = node.output(0) else { return nil }
    func isAll(_ value: Value, _ element: Float) -> Bool { value.constant?.floats?.allSatisfy { $0 == element } ?? false }
    // The constant must not stretch the other operand.
    func fits(_ kept: Value, _ constant: Value) -> Bool {
      constant.constant?.elementCount == 1 && (constant.constant?.shape.count ?? 9) <= (kept.shape?.count ?? 0) || knowledge.haveSameShape(kept, y)
    }
    switch node.member("function", default: "add") {
    case "add": return isAll(b, 0) && fits(a, b) ? a : isAll(a, 0) && fits(b, a) ? b : nil
    case "subtract": return isAll(b, 0) && fits(a, b) ? a : nil
    case "multiply": return isAll(b, 1) && fits(a, b) ? a : isAll(a, 1) && fits(b, a) ? b : nil
    case "divide", "power": return isAll(b, 1) && fits(a, b) ? a : nil
    default: return nil
    }
  }
}
