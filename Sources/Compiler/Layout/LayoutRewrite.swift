// SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

/// Changes a graph so that the chosen values are stored channels-last.
struct LayoutRewrite {
  let graph: Graph
  let rules: LayoutRules
  let frames: LayoutFrames
  let relaidNodes: Set<ObjectIdentifier>
  let relaidValues: Set<ObjectIdentifier>

  func run() {
    var last: [ObjectIdentifier: Value] = [:]  // channels-last form of an image, by the image
    var nodes: [Node] = []
    var replacements: [ObjectIdentifier: Value] = [:]
    let results = Set(graph.outputs.map { ObjectIdentifier($0) })
    let ranks = Dictionary(uniqueKeysWithValues: graph.nodes.map { (ObjectIdentifier($0), rules.firstImage($0)?.shape?.count ?? 0) })

    /// The channels-last form of `value`, made where it is first needed.
    func channelsLastForm(_ value: Value) -> Value {
      if let known = last[ObjectIdentifier(value)] { return known }
      let form = emptyForm(value)
      nodes.append(transpose(value, form, channelsLast(value.shape?.count ?? 0)))
      return form
    }
    func emptyForm(_ value: Value) -> Value {
      let order = channelsLast(value.shape?.count ?? 0)
      let form = value.derived("channels_last", shape: value.shape.map { shape in order.map { shape[$0] } })
      if let trials = rules.knowledge.trials[ObjectIdentifier(value)] {
        rules.knowledge.record(form, trials.map { shape in shape.count == order.count ? order.map { shape[$0] } : shape })
      }
      last[ObjectIdentifier(value)] = form
      return form
    }
    func isRelaid(_ value: Value?) -> Bool { value.map { relaidValues.contains(ObjectIdentifier($0)) } ?? false }

    for node in graph.nodes {
      let isTransposed = node.operatorCode == .transpose
      if isTransposed, node.isTranspose(toChannelsLast: false), isRelaid(node.output(0)), let x = node.input(0), let y = node.output(0) {
        last[ObjectIdentifier(y)] = x  // the transpose vanishes; y is made again below if something wants it
        continue
      }
      if isTransposed, node.isTranspose(toChannelsLast: true), !frames.isImage(node.output(0)), frames.isImage(node.input(0)),
        let x = node.input(0), let y = node.output(0), !results.contains(ObjectIdentifier(y)) {
        replacements[ObjectIdentifier(y)] = channelsLastForm(x)
        continue
      }
      if isTransposed, isRelaid(node.input(0)), let x = node.input(0) {
        let order = inverse(channelsLast(node.integers("permutation").count))
        node.attributes["permutation"] = .integers(node.integers("permutation").map { order[$0] })
        node.inputs[0] = channelsLastForm(x)
      } else if node.operatorCode == .shape, isRelaid(node.input(0)), let x = node.input(0) {
        nodes += shape(node, channelsLastForm(x))
        continue
      } else if relaidNodes.contains(ObjectIdentifier(node)) {
        relay(node, rank: ranks[ObjectIdentifier(node)] ?? 0, channelsLastForm, emptyForm)
      }
      nodes.append(node)
    }
    graph.nodes = nodes
    graph.replaceUses(replacements)
    restore(last)
    graph.sortNodes()
  }

  /// Makes the source's form of relaid values that something still reads.
  private func restore(_ last: [ObjectIdentifier: Value]) {
    var written: Set<ObjectIdentifier> = Set(graph.inputs.map { ObjectIdentifier($0) })
    for node in graph.nodes { for case let value? in node.outputs { written.insert(ObjectIdentifier(value)) } }
    var wanted: [Value] = graph.outputs
    for node in graph.nodes { wanted += node.inputs.compactMap { $0 } + node.innerGraphs.flatMap(\.capturedValues) }
    for value in wanted where relaidValues.contains(ObjectIdentifier(value)) && written.insert(ObjectIdentifier(value)).inserted {
      guard let form = last[ObjectIdentifier(value)] else { continue }
      graph.nodes.append(transpose(form, value, inverse(channelsLast(value.shape?.count ?? 0))))
    }
  }

  private func transpose(_ from: Value, _ to: Value, _ permutation: [Int]) -> Node {
    Node(.transpose, name: to.name, inputs: [from], outputs: [to], attributes: ["permutation": .integers(permutation)])
  }

  /// Rewrites a node whose ports become channels-last.
  private func relay(_ node: Node, rank: Int, _ channelsLastForm: (Value) -> Value, _ emptyForm: (Value) -> Value) {
    guard let (inputs, outputs) = frames.ports[ObjectIdentifier(node)], let relaid = rules.relaid(node, rank: rank) else { return }
    node.attributes = relaid.attributes
    for index in node.inputs.indices {
      guard let value = node.inputs[index] else { continue }
      if inputs.contains(index) {
        node.inputs[index] = channelsLastForm(value)
      } else if let constant = value.constant, hasImageConstant(node, index),
        let moved = LayoutRules.relaid(constant, rank: rank, broadcasts: node.operatorCode != .concat) {
        node.inputs[index] = Value(name: value.name, constant: moved)
      }
    }
    if relaid.becomesReshape { node.operatorCode = .reshape }
    if relaid.keepsOnlyFirstInput || relaid.becomesReshape { node.inputs = [node.inputs[0]] }
    for index in outputs { if let value = node.output(index), frames.isImage(value) { node.outputs[index] = emptyForm(value) } }
  }

  /// Whether constant input `index` is an operand like the images, not an axis list or the like.
  private func hasImageConstant(_ node: Node, _ index: Int) -> Bool {
    switch node.operatorCode {
    case .binary, .select, .concat: true
    case .sliceUpdate: index == 1
    default: false
    }
  }

  /// The extents of a channels-last image in the source's order: all of them, then those that are wanted, in that order.
  private func shape(_ node: Node, _ form: Value) -> [Node] {
    guard let output = node.output(0), let rank = form.shape?.count else { return [node] }
    func bound(_ key: String, _ value: Int) -> Int { let at = node.integer(key, default: value); return min(max(at < 0 ? at + rank : at, 0), rank) }
    let order = inverse(channelsLast(rank))
    let (start, end) = (bound("start", 0), bound("end", rank))
    let wanted = start < end ? Array(order[start..<end]) : []
    let all = Value(name: "\(output.name)/channels_last", type: output.type, shape: [rank])
    var attributes: [String: Attribute] = [:]
    attributes["to"] = node.attributes["to"]
    let indices = Value(name: "\(output.name)/order", constant: Constant(shape: [wanted.count], integers: wanted))
    return [
      Node(.shape, name: node.name, inputs: [form], outputs: [all], attributes: attributes, location: node.location),
      Node(.gather, name: node.name, inputs: [all, indices], outputs: [output], attributes: ["axis": .integer(0)], location: node.location),
    ]
  }
}
