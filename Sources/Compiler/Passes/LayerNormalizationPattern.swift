// SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

/// Finds layer normalisation written in primitives (Ba et al. 2016), (x - mean) / sqrt(variance + epsilon) over the last dimensions,
/// its root-mean-square form without the mean, and takes in the scale, the bias and a residual around it.
enum LayerNormalizationPattern: Pass {
  static let title = "finding layer normalisation"

  static func run(_ graph: Graph, _ knowledge: ShapeKnowledge) -> Bool {
    let matching = Matching(graph)
    for node in graph.nodes {
      if node.operatorCode == .binary, let found = normalization(node, matching) {
        node.operatorCode = .layerNormalization
        node.inputs = [found.x]
        node.attributes = ["axis": .integer(found.axis), "epsilon": .float(found.epsilon)]
        if found.isRootMeanSquare { node.attributes["root_mean_square"] = .boolean(true) }
        _ = DeadCode.run(graph, knowledge)  // what the primitives read counts no more
        return true
      }
      if node.operatorCode == .layerNormalization, takeIn(node, graph, matching, knowledge) { return true }
    }
    return false
  }

  private typealias Found = (x: Value, axis: Int, epsilon: Double, isRootMeanSquare: Bool)

  private static func normalization(_ node: Node, _ matching: Matching) -> Found? {
    guard node.activation == nil, let a = node.input(0), let b = node.input(1) else { return nil }
    switch node.member("function", default: "add") {
    case "divide": return root(b, matching).flatMap { normalization(of: a, variance: $0, matching) }
    case "multiply":
      return reciprocalRoot(b, matching).flatMap { normalization(of: a, variance: $0, matching) }
        ?? reciprocalRoot(a, matching).flatMap { normalization(of: b, variance: $0, matching) }
    default: return nil
    }
  }

  /// What `value` is the square root of.
  private static func root(_ value: Value, _ matching: Matching) -> Value? {
    if let (_, x) = matching.unary(value, "sqrt") { return x }
    if let (node, x) = matching.unary(value, "power"), node.float("alpha") == 0.5 { return x }
    if let (x, exponent) = matching.binary(value, "power"), exponent.scalar == 0.5 { return x }
    return nil
  }

  private static func reciprocalRoot(_ value: Value, _ matching: Matching) -> Value? {
    if let (_, x) = matching.unary(value, "reciprocal_sqrt") { return x }
    if let (node, x) = matching.unary(value, "power"), node.float("alpha") == -0.5 { return x }
    if let (_, x) = matching.unary(value, "reciprocal") { return root(x, matching) }
    if let (one, x) = matching.binary(value, "divide"), one.scalar == 1 { return root(x, matching) }
    return nil
  }

  private static func normalization(of centered: Value, variance: Value, _ matching: Matching) -> Found? {
    let (mean, scale, epsilon) = matching.affine(variance)
    guard scale == 1, epsilon > 0, let (squared, axis) = trailingMean(mean, matching) else { return nil }
    let square = matching.product(squared, isRoot: true)
    guard square.scale == 1, square.factors.count == 2, square.factors.allSatisfy({ $0 === centered }) else { return nil }
    if let (x, mean) = matching.binary(centered, "subtract"), let (source, sameAxis) = trailingMean(mean, matching), source === x, sameAxis == axis {
      return (x, axis, Double(epsilon), false)
    }
    return (centered, axis, Double(epsilon), true)
  }

  /// The operand and first axis of a mean over the last dimensions, which are kept; the axis is negative.
  private static func trailingMean(_ value: Value, _ matching: Matching) -> (x: Value, axis: Int)? {
    guard let node = matching.uses.producer(value), node.operatorCode == .reduce, node.member("function", default: "sum") == "mean",
      node.boolean("keep_dimensions"), let x = node.input(0) else { return nil }
    let rank = x.shape?.count
    let axes = node.integers("axes").map { $0 < 0 ? $0 : $0 - (rank ?? 0) }.sorted()
    guard rank != nil || node.integers("axes").allSatisfy({ $0 < 0 }), !axes.isEmpty, axes == Array(-axes.count ... -1) else { return nil }
    return (x, -axes.count)
  }

  /// Scale and bias behind the node, a sum of two before it.
  private static func takeIn(_ node: Node, _ graph: Graph, _ matching: Matching, _ knowledge: ShapeKnowledge) -> Bool {
    guard let x = node.input(0), let y = node.output(0) else { return false }
    if node.input(3) == nil, let sum = matching.uses.producer(x), sum.isBinary("add"), matching.uses.onlyReader(x) != nil,
      let a = sum.input(0), let b = sum.input(1), a.constant == nil, b.constant == nil, knowledge.haveSameShape(a, b), x.isFloat {
      node.inputs = [a, node.input(1), node.input(2), b]
      graph.sortNodes()
      return true
    }
    guard node.input(2) == nil, let reader = matching.uses.onlyReader(y), reader.operatorCode == .binary, reader.activation == nil,
      let other = reader.inputs.first(where: { $0 !== y }) ?? nil, let constant = other.constant, constant.floats != nil,
      let extents = trailingExtents(node, x), constant.shape.count <= (x.shape?.count ?? 0),
      constant.elementCount == extents.reduce(1, *), Array(constant.shape.drop { $0 == 1 }) == Array(extents.drop { $0 == 1 }) else { return false }
    let parameter = Value(name: other.name, constant: constant.reshaped(extents))
    if reader.isBinary("multiply"), node.input(1) == nil {
      node.inputs = [x, parameter, nil, node.input(3)]
    } else if reader.isBinary("add") {
      node.inputs = [x, node.input(1), parameter, node.input(3)]
    } else {
      return false
    }
    while let last = node.inputs.last, last == nil { node.inputs.removeLast() }
    node.outputs = reader.outputs
    graph.nodes.removeAll { $0 === reader }
    graph.sortNodes()
    return true
  }

  private static func trailingExtents(_ node: Node, _ x: Value) -> [Int]? {
    guard let shape = x.shape, let axis = normalized(node.integer("axis", default: -1), shape.count) else { return nil }
    let extents = Array(shape[axis...])
    return extents.allSatisfy { $0 > 0 } ? extents : nil
  }
}
