// What a pass is, and the order of all. SPDX-License-Identifier: Apache-2.0
import Graph

/// A change of the graph that keeps what it computes. `run` sees one graph, main or inner, and says whether it changed anything.
protocol Pass {
  /// What it does, for reports: "folding constants".
  static var title: String { get }
  static func run(_ graph: Graph, _ knowledge: ShapeKnowledge) throws -> Bool
}

extension Graph {
  /// Runs `pass` on this graph and on those inside it until nothing changes, at most `limit` times each.
  @discardableResult
  func apply(_ pass: Pass.Type, _ knowledge: ShapeKnowledge = ShapeKnowledge(), limit: Int = 20_000) throws -> Bool {
    var changed = false
    for _ in 0..<limit {
      guard try pass.run(self, knowledge) else { break }
      changed = true
    }
    for node in nodes { for inner in node.innerGraphs { if try inner.apply(pass, knowledge, limit: limit) { changed = true } } }
    return changed
  }

  /// Removes `node`, which gives `input` unchanged as `output`, and joins the two values; false where both names must stay,
  /// such as between an input of the graph and a result.
  func removeIdentity(_ node: Node, from input: Value, to output: Value, _ uses: ValueUses) -> Bool {
    if !uses.isResult(output) {
      replaceUses(of: output, with: input)
    } else if let producer = uses.producer(input), !uses.isResult(input), let slot = producer.outputs.firstIndex(where: { $0 === input }) {
      producer.outputs[slot] = output
      replaceUses(of: input, with: output)
    } else {
      return false
    }
    nodes.removeAll { $0 === node }
    return true
  }

  /// Puts `node` before the first reader of its outputs, or at the end.
  func insert(_ node: Node) {
    nodes.append(node)
    sortNodes()
  }
}

extension Value {
  /// A new value like this one under a name of its own.
  func derived(_ suffix: String, shape: [Int]?) -> Value { Value(name: "\(name)/\(suffix)", type: type, shape: shape) }

  /// The one element where the value is a float32 constant of one.
  var scalar: Float? { constant?.scalar }

  /// Whether this is known to hold float32.
  var isFloat: Bool { (constant?.type ?? type) == .float32 }
}
