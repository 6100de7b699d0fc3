// SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import ModelFile

/// Computes, with the runtime itself, what depends on constants only.
enum ConstantFolding: Pass {
  static let title = "folding constants"
  /// Results above this are kept as operators unless they are smaller than what they are computed from.
  static let largestResult = 16 << 20

  static func run(_ graph: Graph, _ knowledge: ShapeKnowledge) -> Bool {
    var foldable: [Node] = []
    var constants: Set<ObjectIdentifier> = []
    let results = Set(graph.outputs.map { ObjectIdentifier($0) })
    for node in graph.nodes {
      let isConstant = node.inputs.allSatisfy { $0.map { $0.constant != nil || constants.contains(ObjectIdentifier($0)) } ?? true }
      guard isConstant, node.innerGraphs.isEmpty, !refused(node), node.outputs.contains(where: { $0 != nil }) else { continue }
      foldable.append(node)
      for case let value? in node.outputs { constants.insert(ObjectIdentifier(value)) }
    }
    guard !foldable.isEmpty else { return false }
    // What others read has to be known; what only folded nodes read does not.
    let folded = Set(foldable.map { ObjectIdentifier($0) })
    var wanted: [Value] = []
    let uses = ValueUses(graph)
    for node in foldable {
      for case let value? in node.outputs where !results.contains(ObjectIdentifier(value)) {
        if uses.readers(value).contains(where: { !folded.contains(ObjectIdentifier($0)) }) { wanted.append(value) }
      }
    }
    if wanted.isEmpty { return false }
    if replace(wanted, foldable, graph) { return true }
    // Something in the batch cannot be computed: one node after the other finds out what.
    var changed = false
    for node in foldable where node.inputs.allSatisfy({ $0?.constant != nil || $0 == nil }) {
      let values = node.outputs.compactMap { $0 }.filter { !results.contains(ObjectIdentifier($0)) }
      if !values.isEmpty, replace(values, [node], graph) { changed = true } else { node.attributes[refusedKey] = .boolean(true) }
    }
    return changed
  }

  /// Computes `wanted` by `nodes` and puts constants in their place.
  private static func replace(_ wanted: [Value], _ nodes: [Node], _ graph: Graph) -> Bool {
    let part = Graph(name: "constants")
    // Copies: removing what this part does not want must not change the graph's own nodes.
    part.nodes = nodes.map { Node($0.operatorCode, name: $0.name, inputs: $0.inputs, outputs: $0.outputs, attributes: $0.attributes) }
    part.outputs = wanted
    _ = DeadCode.run(part, ShapeKnowledge())
    guard let results = try? RuntimeModel(MemoryModel.whole(part)).run(outputCount: wanted.count), results.count == wanted.count else { return false }
    let sourceBytes = part.nodes.flatMap { $0.inputs }.reduce(0) { $0 + ($1?.constant?.bytes.count ?? 0) }
    var replacements: [ObjectIdentifier: Value] = [:]
    for (value, result) in zip(wanted, results) {
      guard result.type != .none, result.bytes.count == result.elementCount * result.type.byteCount else { continue }
      if result.bytes.count > largestResult && result.bytes.count >= sourceBytes { continue }
      replacements[ObjectIdentifier(value)] = Value(name: value.name, constant: result)
    }
    graph.replaceUses(replacements)
    let gone = Set(replacements.keys)
    let before = graph.nodes.count
    graph.nodes.removeAll { node in node.outputs.allSatisfy { $0.map { gone.contains(ObjectIdentifier($0)) } ?? true } }
    return graph.nodes.count < before
  }

  private static let refusedKey = "compiler_cannot_fold"

  private static func refused(_ node: Node) -> Bool { node.attributes[refusedKey] != nil }

  /// Forgets which nodes could not be computed: their attributes go into the file.
  static func forgetRefusals(_ graph: Graph) {
    for node in graph.nodes {
      node.attributes[refusedKey] = nil
      node.innerGraphs.forEach(forgetRefusals)
    }
  }
}
