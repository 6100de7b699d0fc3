// SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

/// Joins transposes that follow one another, transposes constants, and turns transposes that move only extents of 1, and shape
/// changes of shape changes, into one reshape.
enum Transposes: Pass {
  static let title = "joining transposes"

  static func run(_ graph: Graph, _ knowledge: ShapeKnowledge) -> Bool {
    let uses = ValueUses(graph)
    var changed = false
    for node in graph.nodes {
      guard let x = node.input(0), let y = node.output(0) else { continue }
      switch node.operatorCode {
      case .transpose:
        let permutation = node.integers("permutation")
        guard isPermutation(permutation) else { continue }
        if let first = uses.producer(x), first.operatorCode == .transpose, first !== node, let source = first.input(0) {
          let inner = first.integers("permutation")
          guard inner.count == permutation.count, isPermutation(inner) else { continue }
          node.inputs[0] = source
          node.attributes["permutation"] = .integers(permutation.map { inner[$0] })
          changed = true
        } else if let constant = x.constant, constant.shape.count == permutation.count, !uses.isResult(y) {
          let moved = Value(name: "\(x.name)/transposed", constant: constant.transposed(permutation))
          graph.replaceUses(of: y, with: moved)
          node.operatorCode = .none
          changed = true
        } else if let target = bytesStay(x, y, permutation) {
          node.operatorCode = .reshape
          node.attributes = ["shape": .integers(target)]
          changed = true
        }
      case .reshape, .squeeze, .unsqueeze, .flatten:
        guard let first = uses.producer(x), [.reshape, .squeeze, .unsqueeze, .flatten].contains(first.operatorCode), let source = first.input(0),
          uses.onlyReader(x) != nil, let target = fixedTarget(y, from: source, knowledge) else { continue }
        node.operatorCode = .reshape
        node.inputs = [source]
        node.attributes = ["shape": .integers(target)]
        changed = true
      default: continue
      }
    }
    graph.nodes.removeAll { $0.operatorCode == .none }
    return changed
  }

  /// The target of a reshape that does what `permutation` does, where all extents but those of 1 keep their order.
  private static func bytesStay(_ x: Value, _ y: Value, _ permutation: [Int]) -> [Int]? {
    guard let shape = x.shape, shape.count == permutation.count, permutation != Array(permutation.indices) else { return nil }
    let moving = permutation.filter { shape[$0] != 1 }
    guard moving == moving.sorted() else { return nil }
    return target(permutation.map { shape[$0] }, from: shape)
  }

  /// A reshape target without reference to a computed one: fixed extents, 0 where the input's extent is taken over, at most one -1.
  static func fixedTarget(_ y: Value, from x: Value, _ knowledge: ShapeKnowledge) -> [Int]? {
    guard let shape = y.shape else { return nil }
    let (before, after) = (knowledge.shapes(x), knowledge.shapes(y))
    var target = shape
    for axis in shape.indices where shape[axis] < 0 {
      guard let before, let after, before.count == after.count, after.count > 1 else { continue }
      if zip(before, after).allSatisfy({ axis < $0.count && axis < $1.count && $0[axis] == $1[axis] }) { target[axis] = 0 }
    }
    guard target.count(where: { $0 < 0 }) <= 1, !shape.contains(0) else { return nil }
    return target
  }

  private static func target(_ shape: [Int], from source: [Int]) -> [Int]? {
    guard !shape.contains(0), shape.count(where: { $0 < 0 }) <= 1 || shape.first == -1 && source.first == -1 else { return nil }
    var target = shape
    if shape.count(where: { $0 < 0 }) > 1 { target[0] = 0 }
    return target.count(where: { $0 < 0 }) <= 1 ? target : nil
  }
}
