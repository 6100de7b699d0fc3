// The order in which a graph's nodes can run. SPDX-License-Identifier: Apache-2.0

/// Sorts nodes so that each stands after those whose outputs it or its inner graphs read; the file's order where that holds already.
struct ONNXOrder {
  private(set) var indices: [Int] = []

  /// Throws for a name that is given twice, for one that nothing gives, and for a cycle.
  init(nodes: [ONNXNode], isKnown: (String) -> Bool) throws {
    var producers: [String: Int] = [:]
    for (index, node) in nodes.enumerated() {
      for name in node.output where !name.isEmpty {
        guard producers.updateValue(index, forKey: name) == nil else { throw ImportError.malformed("'\(name)' is given by two nodes") }
      }
    }
    var waiting = Array(repeating: 0, count: nodes.count)
    var readers: [[Int]] = Array(repeating: [], count: nodes.count)
    var isSorted = true
    for (index, node) in nodes.enumerated() {
      var names = Set<String>()
      Self.collect(node, into: &names)
      for name in node.input where !name.isEmpty && producers[name] == nil && !isKnown(name) {
        throw ImportError.malformed("\(node.opType) '\(node.name)' reads '\(name)', which nothing gives")
      }
      for producer in Set(names.compactMap { producers[$0] }) {
        waiting[index] += 1
        readers[producer].append(index)
        if producer >= index { isSorted = false }
      }
    }
    if isSorted {
      indices = Array(nodes.indices)
      return
    }
    indices = nodes.indices.filter { waiting[$0] == 0 }
    var next = 0
    while next < indices.count {
      for reader in readers[indices[next]] {
        waiting[reader] -= 1
        if waiting[reader] == 0 { indices.append(reader) }
      }
      next += 1
    }
    if let stuck = nodes.indices.first(where: { waiting[$0] > 0 }) {
      throw ImportError.malformed("the graph has a cycle through \(nodes[stuck].opType) '\(nodes[stuck].name)'")
    }
  }

  /// Names that the node and its inner graphs read from around them.
  private static func collect(_ node: ONNXNode, into names: inout Set<String>) {
    names.formUnion(node.input)
    for attribute in node.attribute where attribute.hasG {
      var inner = Set(attribute.g.output.map(\.name))
      for node in attribute.g.node { collect(node, into: &inner) }
      inner.subtract(attribute.g.node.lazy.flatMap(\.output))
      inner.subtract(attribute.g.input.lazy.map(\.name))
      inner.subtract(attribute.g.initializer.lazy.map(\.name))
      names.formUnion(inner)
    }
  }
}
