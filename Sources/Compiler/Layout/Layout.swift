// SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

/// Stores images channels-last throughout, once for the whole graph.
///
/// Importers put transposes around each image operator. Each value between them can be stored either way, and each transpose costs
/// as many elements as it moves: the cheapest assignment is a minimum cut between what must be channels-last (image operators) and
/// what must be as in the source (the graph's inputs and results, operators without a layout rule). Never adds more than it removes.
enum Layout: Pass {
  static let title = "laying images out channels-last"

  static func run(_ graph: Graph, _ knowledge: ShapeKnowledge) -> Bool {
    let uses = ValueUses(graph)
    let rules = LayoutRules(knowledge: knowledge)
    let frames = LayoutFrames(graph, rules, uses)
    guard !frames.images.isEmpty else { return false }
    let relaid = assignment(graph, rules, frames, uses)
    guard !relaid.values.isEmpty else { return false }
    // Identifiers are unique only while their objects live: `uses` keeps those that the rewrite drops.
    withExtendedLifetime(uses) {
      LayoutRewrite(graph: graph, rules: rules, frames: frames, relaidNodes: relaid.nodes, relaidValues: relaid.values).run()
    }
    return true
  }

  /// The nodes and values that are to be channels-last.
  private static func assignment(_ graph: Graph, _ rules: LayoutRules, _ frames: LayoutFrames, _ uses: ValueUses)
    -> (nodes: Set<ObjectIdentifier>, values: Set<ObjectIdentifier>)
  {
    var cut = MinimumCut()
    var vertices: [ObjectIdentifier: Int] = [:]
    for node in graph.nodes where frames.ports[ObjectIdentifier(node)] != nil { vertices[ObjectIdentifier(node)] = cut.addVertex() }
    let inputs = Set(graph.inputs.map { ObjectIdentifier($0) })

    /// The side on which `value` is made.
    func origin(_ value: Value) -> Int {
      guard let node = uses.producer(value) else { return cut.sink }
      if let vertex = vertices[ObjectIdentifier(node)] { return vertex }
      return node.isTranspose(toChannelsLast: false) && !frames.isImage(node.input(0)) ? cut.source : cut.sink
    }
    /// The side on which `node` wants `value`; nil where either serves.
    func wish(_ node: Node, _ value: Value) -> Int? {
      if let vertex = vertices[ObjectIdentifier(node)], let (ports, _) = frames.ports[ObjectIdentifier(node)],
        ports.contains(where: { node.input($0) === value }) { return vertex }
      if node.operatorCode == .transpose && node.input(0) === value {
        return node.isTranspose(toChannelsLast: true) && !frames.isImage(node.output(0)) ? cut.source : nil
      }
      return node.operatorCode == .shape ? nil : cut.sink
    }

    var origins: [ObjectIdentifier: Int] = [:]
    var order: [Value] = graph.inputs
    for node in graph.nodes { order += node.outputs.compactMap { $0 } }
    for value in order where frames.isImage(value) {
      let start = origin(value)
      origins[ObjectIdentifier(value)] = start
      var members: Set<Int> = [start]
      for reader in uses.readers(value) { if let side = wish(reader, value) { members.insert(side) } }
      if uses.isResult(value) || inputs.contains(ObjectIdentifier(value)) { members.insert(cut.sink) }
      cut.addNet(members.sorted(), max(rules.knowledge.elementCount(value), 1))
    }
    let isLast = cut.solve()
    let nodes = Set(vertices.filter { isLast[$0.value] }.keys)
    let values = Set(origins.filter { isLast[$0.value] }.keys)
    return (nodes, values)
  }
}
