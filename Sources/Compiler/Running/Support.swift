// SPDX-License-Identifier: Apache-2.0
import CCoracle
import Graph

/// Throws one error that lists every operator that no backend of the runtime supports, with how often and where it occurs first.
func refuseUnsupported(_ graph: Graph) throws {
  do {
    _ = try RuntimeModel(MemoryModel.withoutWeights(graph))
    return
  } catch let refusal as RuntimeModel.Refusal {
    guard refusal.status == coracle_status(CORACLE_UNSUPPORTED) else { throw CompileError("The model cannot be run: \(refusal)") }
    // The runtime names the first; each operator alone tells of the others.
    var found: [(message: String, count: Int, first: String)] = []
    visit(graph) { node in
      guard let message = unsupported(node) else { return }
      if let index = found.firstIndex(where: { $0.message == message }) { found[index].count += 1 } else { found.append((message, 1, node.location)) }
    }
    let lines = found.map { "  \($0.message) (\($0.count) times\($0.first.isEmpty ? "" : ", first at \($0.first)"))" }
    throw CompileError("No backend supports:\n" + (lines.isEmpty ? ["  \(refusal)"] : lines).joined(separator: "\n"))
  }
}

private func visit(_ graph: Graph, _ body: (Node) -> Void) {
  for node in graph.nodes {
    body(node)
    for inner in node.innerGraphs { visit(inner, body) }
  }
}

/// What the runtime says to a graph of `node` alone; nil where it is supported.
private func unsupported(_ node: Node) -> String? {
  guard node.innerGraphs.isEmpty else { return nil }
  let alone = Graph(name: "alone")
  var stand: [ObjectIdentifier: Value] = [:]
  let inputs = node.inputs.map { value -> Value? in
    guard let value, value.constant == nil else { return value }
    if let known = stand[ObjectIdentifier(value)] { return known }
    let input = Value(name: value.name, type: value.type == .none ? .float32 : value.type, shape: value.shape ?? [])
    stand[ObjectIdentifier(value)] = input
    alone.inputs.append(input)
    return input
  }
  let outputs = node.outputs.map { $0.map { Value(name: $0.name) } }
  alone.nodes = [Node(node.operatorCode, name: "\(node.operatorCode.name)", inputs: inputs, outputs: outputs, attributes: node.attributes)]
  alone.outputs = outputs.compactMap { $0 }
  do {
    _ = try RuntimeModel(MemoryModel.withoutWeights(alone))
    return nil
  } catch let refusal as RuntimeModel.Refusal {
    return refusal.status == coracle_status(CORACLE_UNSUPPORTED) ? "\(refusal)" : nil
  } catch { return nil }
}
