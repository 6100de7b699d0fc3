// SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

/// Makes constants of shapes that are known, and gives shape changes fixed targets where the trials show them, so that shape
/// arithmetic falls away.
enum ConstantShapes: Pass {
  static let title = "folding shape arithmetic"

  static func run(_ graph: Graph, _ knowledge: ShapeKnowledge) -> Bool {
    var changed = false
    for node in graph.nodes {
      switch node.operatorCode {
      case .shape: if constantShape(node, graph) { changed = true }
      case .reshape:
        guard node.inputs.count > 1, node.input(1) != nil, let x = node.input(0), let y = node.output(0) else { continue }
        if let target = node.input(1)?.constant?.integers, !target.contains(where: { $0 < -1 }) {
          node.attributes["shape"] = .integers(target)
        } else if let target = Transposes.fixedTarget(y, from: x, knowledge) {
          node.attributes = ["shape": .integers(target)]
        } else {
          continue
        }
        node.inputs = [x]
        changed = true
      case .expand:
        guard node.inputs.count > 1, node.input(1) != nil, let x = node.input(0), let y = node.output(0),
          let target = node.input(1)?.constant?.integers ?? expandTarget(y, from: x, knowledge) else { continue }
        node.attributes["shape"] = .integers(target)
        node.inputs = [x]
        changed = true
      default: continue
      }
    }
    return changed
  }

  private static func constantShape(_ node: Node, _ graph: Graph) -> Bool {
    guard let x = node.input(0), let y = node.output(0), let shape = x.constant?.shape ?? x.shape,
      !graph.outputs.contains(where: { $0 === y }) else { return false }
    func bound(_ key: String, _ value: Int) -> Int {
      let at = node.integer(key, default: value)
      return min(max(at < 0 ? at + shape.count : at, 0), shape.count)
    }
    let (start, end) = (bound("start", 0), bound("end", shape.count))
    let wanted = start < end ? Array(shape[start..<end]) : []
    guard wanted.allSatisfy({ $0 >= 0 }) else { return false }
    let type: ElementType = node.member("to", default: "int64") == "int32" ? .int32 : .int64
    graph.replaceUses(of: y, with: Value(name: y.name, constant: Constant(shape: [wanted.count], integers: wanted, type: type)))
    node.outputs[0] = nil
    graph.nodes.removeAll { $0 === node }
    return true
  }

  /// Fixed extents, and -1 where the input's own extent is kept.
  private static func expandTarget(_ y: Value, from x: Value, _ knowledge: ShapeKnowledge) -> [Int]? {
    guard let shape = y.shape, let before = knowledge.shapes(x), let after = knowledge.shapes(y), before.count == after.count else { return nil }
    var target = shape
    for axis in shape.indices where shape[axis] < 0 {
      let same = zip(before, after).allSatisfy { a, b in
        let fromEnd = b.count - axis
        return fromEnd <= a.count && a[a.count - fromEnd] == b[axis]
      }
      guard same else { return nil }
      target[axis] = -1
    }
    return target
  }
}
