// Running a part of a graph stripe by stripe. SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

/// Successive operators that lead from one picture to another and can be run for some rows of the result at a time, as networks' first layers
/// can (Lin et al., MCUNetV2, 2021: patch-based inference): the maps between are then never whole. Where stripes meet, rows are computed twice.
struct StripedSection {
  let input: Value
  /// The dimension of `input` that holds its rows; 1 for all other values.
  private let inputAxis: Int
  let output: Value
  /// In an order in which they can run.
  private(set) var nodes: [(node: Node, rule: RowRule)]
  private let shapes: [ObjectIdentifier: [Int]]

  private func shape(_ value: Value) -> [Int] { shapes[ObjectIdentifier(value)] ?? [] }

  /// All sections of `graph` that begin where its first one can, by length. `shapes` are the extents of its values.
  static func all(of graph: Graph, shapes: [ObjectIdentifier: [Int]]) -> [StripedSection] {
    let uses = ValueUses(graph)
    func shape(_ value: Value) -> [Int]? { value.constant?.shape ?? shapes[ObjectIdentifier(value)] }
    var found: [StripedSection] = []
    var index = 0
    while index < graph.nodes.count, found.isEmpty {
      defer { index += 1 }
      guard let input = graph.nodes[index].input(0), input.constant == nil, let first = RowRule(graph.nodes[index], shapes: shape) else { continue }
      var members: [(Node, RowRule)] = []
      // Values of the section with readers that are still to come.
      var pending: [ObjectIdentifier: Int] = [:]
      for node in graph.nodes[index...] {
        guard let rule = RowRule(node, shapes: shape), let output = node.output(0) else { break }
        // A layout is changed at the beginning only.
        var isInside = members.isEmpty || rule.inputAxis == 1 && !(first.inputAxis == 2 && node.inputs.contains { $0 === input })
        for (position, operand) in node.inputs.enumerated() where rule.readings[position] != .whole {
          guard let operand, operand !== input else { continue }
          if let left = pending[ObjectIdentifier(operand)] { pending[ObjectIdentifier(operand)] = left == 1 ? nil : left - 1 } else { isInside = false }
        }
        guard isInside else { break }
        members.append((node, rule))
        let isEnd = pending.isEmpty && members.count > 1
        pending[ObjectIdentifier(output)] = uses.readers(output).count + (uses.isResult(output) ? 1 : 0)
        if isEnd { found.append(StripedSection(input: input, inputAxis: first.inputAxis, output: output, nodes: members, shapes: shapes)) }
        if uses.isResult(output) || uses.readers(output).isEmpty { break }
      }
    }
    return found
  }

  /// Rows of the result.
  var rows: Int { shape(output).count == 4 ? shape(output)[1] : 0 }

  /// The rows of every value that are needed for `rows` of the result; nil where a value has none.
  private func needs(_ rows: Range<Int>) -> [ObjectIdentifier: Range<Int>]? {
    var needs = [ObjectIdentifier(output): rows]
    for (node, rule) in nodes.reversed() {
      guard let result = node.output(0), let own = needs[ObjectIdentifier(result)] else { return nil }
      for (value, reading) in zip(node.inputs, rule.readings) where reading != .whole {
        guard let value else { continue }
        guard let range = rule.needed(reading, for: own) else { return nil }
        let known = needs[ObjectIdentifier(value)] ?? range
        needs[ObjectIdentifier(value)] = min(known.lowerBound, range.lowerBound)..<max(known.upperBound, range.upperBound)
      }
    }
    return needs
  }

  /// The rows of each of `count` stripes.
  private func stripes(_ count: Int) -> [Range<Int>] { (0..<count).map { rows * $0 / count..<rows * ($0 + 1) / count } }

  /// By how much `count` stripes make the section's rows more, all operators together and each weighed by its output: 0 is not at all.
  func repeated(_ count: Int) -> Double? {
    var computed = 0
    for stripe in stripes(count) {
      guard let needs = needs(stripe) else { return nil }
      for (node, _) in nodes { computed += node.output(0).map { (needs[ObjectIdentifier($0)]?.count ?? 0) * weight($0) } ?? 0 }
    }
    let whole = nodes.reduce(0) { total, entry in total + (entry.node.output(0).map { shape($0)[1] * weight($0) } ?? 0) }
    return whole > 0 ? Double(computed) / Double(whole) - 1 : nil
  }

  private func weight(_ value: Value) -> Int { shape(value).count == 4 ? shape(value)[2] * shape(value)[3] : 0 }

  /// Replaces the section's operators in `graph` by `count` copies for a stripe each, whose results are put together at the end.
  func apply(_ count: Int, to graph: Graph) {
    guard let position = graph.nodes.firstIndex(where: { $0 === nodes[0].node }) else { return }
    var added: [Node] = []
    var parts: [Value?] = []
    for (index, stripe) in stripes(count).enumerated() {
      guard let needs = needs(stripe) else { return }
      var copies: [ObjectIdentifier: (value: Value, rows: Range<Int>)] = [ObjectIdentifier(input): (input, 0..<shape(input)[inputAxis])]
      /// `rows` of `value` in this stripe.
      func part(_ value: Value, _ rows: Range<Int>) -> Value? {
        guard let (copy, known) = copies[ObjectIdentifier(value)] else { return nil }
        if known == rows { return copy }
        let slice = Value(name: "\(value.name)/rows \(rows.lowerBound) to \(rows.upperBound - 1)/\(index)", type: value.type)
        added.append(Node(.slice, name: slice.name, inputs: [copy], outputs: [slice], attributes: [
          "axes": .integers([value === input ? inputAxis : 1]), "starts": .integers([rows.lowerBound - known.lowerBound]), "ends": .integers([rows.upperBound - known.lowerBound]),
        ]))
        return slice
      }
      for (node, rule) in nodes {
        guard let output = node.output(0), let own = needs[ObjectIdentifier(output)] else { return }
        let inputs = zip(node.inputs, rule.readings).map { value, reading -> Value? in
          guard let value, reading != .whole else { return value }
          return rule.needed(reading, for: own).flatMap { part(value, $0) }
        }
        let result = Value(name: "\(output.name)/stripe \(index)", type: output.type)
        added.append(Node(node.operatorCode, name: node.name.isEmpty ? "" : "\(node.name)/stripe \(index)", inputs: inputs, outputs: [result],
          attributes: rule.attributes(of: node, for: own), location: node.location))
        copies[ObjectIdentifier(output)] = (result, own)
      }
      parts.append(copies[ObjectIdentifier(output)]?.value)
    }
    added.append(Node(.concat, name: "\(output.name)/stripes", inputs: parts, outputs: [output], attributes: ["axis": .integer(1)]))
    let members = Set(nodes.map { ObjectIdentifier($0.node) })
    graph.nodes.insert(contentsOf: added, at: position)
    graph.nodes.removeAll { members.contains(ObjectIdentifier($0)) }
    // What the section reads from elsewhere comes first.
    graph.sortNodes()
  }
}
