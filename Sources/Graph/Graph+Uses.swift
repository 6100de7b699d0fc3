// Who writes and who reads the values of a graph. SPDX-License-Identifier: Apache-2.0
import ModelFile

/// Producers and readers of a graph's values, as they were when it was made.
package struct ValueUses {
  private var producers: [ObjectIdentifier: Node] = [:]
  private var readers: [ObjectIdentifier: [Node]] = [:]
  private var resultIdentifiers: Set<ObjectIdentifier> = []
  /// Identifiers are unique only while their objects live, and passes drop values while they look others up.
  private var retained: [Value] = []

  package init(_ graph: Graph) {
    retained = graph.inputs + graph.outputs
    for node in graph.nodes {
      for case let value? in node.outputs { producers[ObjectIdentifier(value)] = node }
      for case let value? in node.inputs { readers[ObjectIdentifier(value), default: []].append(node) }
      retained += (node.outputs + node.inputs).compactMap { $0 }
      for inner in node.innerGraphs {
        for value in inner.capturedValues { readers[ObjectIdentifier(value), default: []].append(node) }
      }
    }
    resultIdentifiers = Set(graph.outputs.map { ObjectIdentifier($0) })
  }

  /// Follows a change: `node` has taken the place of `reader`, which read one of its outputs and is no more, and reads `added` too.
  package mutating func absorb(_ reader: Node, into node: Node, added: [Value] = []) {
    for case let value? in reader.inputs { readers[ObjectIdentifier(value)]?.removeAll { $0 === reader } }
    for case let value? in reader.outputs { producers[ObjectIdentifier(value)] = node }
    for value in added { readers[ObjectIdentifier(value), default: []].append(node) }
    retained += added
  }

  /// The node of this graph that computes `value`; nil for inputs, constants and values of graphs around it.
  package func producer(_ value: Value?) -> Node? { value.flatMap { producers[ObjectIdentifier($0)] } }

  /// The nodes that read `value`, once for each operand; a node whose inner graph reads it counts.
  package func readers(_ value: Value) -> [Node] { readers[ObjectIdentifier(value)] ?? [] }

  /// Whether `value` is a result of the graph.
  package func isResult(_ value: Value) -> Bool { resultIdentifiers.contains(ObjectIdentifier(value)) }

  /// The one node that reads `value`; nil where there are more or fewer readers, or it is a result of the graph.
  package func onlyReader(_ value: Value?) -> Node? {
    guard let value, !isResult(value) else { return nil }
    let all = readers(value)
    return all.count == 1 ? all[0] : nil
  }
}

extension Graph {
  /// Values of the graphs around this one that it, or a graph inside it, reads; constants included, each once.
  package var capturedValues: [Value] {
    var own = Set(inputs.map { ObjectIdentifier($0) })
    var seen: Set<ObjectIdentifier> = []
    var captured: [Value] = []
    func read(_ value: Value) {
      if !own.contains(ObjectIdentifier(value)), seen.insert(ObjectIdentifier(value)).inserted { captured.append(value) }
    }
    for node in nodes { for case let value? in node.outputs { own.insert(ObjectIdentifier(value)) } }
    for node in nodes {
      for case let value? in node.inputs { read(value) }
      for inner in node.innerGraphs { inner.capturedValues.forEach(read) }
    }
    outputs.forEach(read)
    return captured
  }

  /// Makes every reader of `old`, inner graphs and the graph's results included, read `new`.
  package func replaceUses(of old: Value, with new: Value) { replaceUses([ObjectIdentifier(old): new]) }

  /// Makes every reader of a key of `replacements` read what it maps to, followed to its end.
  package func replaceUses(_ replacements: [ObjectIdentifier: Value]) {
    guard !replacements.isEmpty else { return }
    func resolved(_ value: Value) -> Value {
      var value = value
      for _ in 0...replacements.count {
        guard let next = replacements[ObjectIdentifier(value)], next !== value else { break }
        value = next
      }
      return value
    }
    for node in nodes {
      for index in node.inputs.indices { node.inputs[index] = node.inputs[index].map(resolved) }
      for inner in node.innerGraphs { inner.replaceUses(replacements) }
    }
    outputs = outputs.map(resolved)
  }

  /// Brings the nodes into an order in which they can run, as close to the present one as possible.
  package func sortNodes() {
    var producers: [ObjectIdentifier: Int] = [:]
    for (index, node) in nodes.enumerated() { for case let value? in node.outputs { producers[ObjectIdentifier(value)] = index } }
    var state = [UInt8](repeating: 0, count: nodes.count)  // 1: waits for its operands, 2: placed
    var order: [Node] = []
    for root in nodes.indices where state[root] == 0 {
      var stack = [root]
      while let top = stack.last {
        if state[top] != 0 {
          if state[top] == 1 { order.append(nodes[top]); state[top] = 2 }
          stack.removeLast()
          continue
        }
        state[top] = 1
        let operands = nodes[top].inputs.compactMap { $0 } + nodes[top].innerGraphs.flatMap(\.capturedValues)
        let pending = operands.compactMap { producers[ObjectIdentifier($0)] }.filter { state[$0] == 0 }
        for index in pending.sorted().reversed() { stack.append(index) }
      }
    }
    nodes = order
  }
}
