// SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

/// Finds activations written in primitives and makes each one unary operator: clip, hard-sigmoid, hard-swish, swish, mish,
/// GELU by erf (Hendrycks and Gimpel 2016) and its tanh approximation.
enum ActivationPatterns: Pass {
  static let title = "finding activations"

  private typealias Found = (x: Value, function: String, alpha: Double, beta: Double)

  static func run(_ graph: Graph, _ knowledge: ShapeKnowledge) -> Bool {
    let matching = Matching(graph)
    for node in graph.nodes where node.operatorCode == .binary && node.activation == nil {
      guard let output = node.output(0), let found = clip(node) ?? gated(output, matching), found.x.isFloat || output.isFloat else { continue }
      // The activation has its input's shape.
      node.operatorCode = .unary
      node.inputs = [found.x]
      node.attributes = ["function": .member(found.function), "alpha": .float(found.alpha), "beta": .float(found.beta)]
      _ = DeadCode.run(graph, knowledge)  // what the primitives read counts no more
      return true
    }
    return false
  }

  /// minimum and maximum with a scalar of no more dimensions.
  private static func clip(_ node: Node) -> Found? {
    guard let a = node.input(0), let b = node.input(1) else { return nil }
    let (x, limit) = b.constant == nil ? (b, a) : (a, b)
    guard let bound = limit.scalar, x.constant == nil, x.isFloat, (limit.constant?.shape.count ?? 9) <= (x.shape?.count ?? 0) else { return nil }
    switch node.member("function", default: "add") {
    case "minimum": return (x, "clip", -Double.infinity, Double(bound))
    case "maximum": return (x, "clip", Double(bound), Double.infinity)
    default: return nil
    }
  }

  /// x times something of x, or a scaled clip.
  private static func gated(_ output: Value, _ matching: Matching) -> Found? {
    let (scale, factors) = matching.product(output)
    if factors.count == 1, let found = hardSigmoid(factors[0], scale, matching) { return found }
    guard factors.count == 2 else { return nil }
    for (x, gate) in [(factors[0], factors[1]), (factors[1], factors[0])] {
      if let found = gated(x, gate, scale, matching) ?? gelu(x, gate, scale, matching) { return found }
    }
    return nil
  }

  private static func hardSigmoid(_ value: Value, _ scale: Float, _ matching: Matching) -> Found? {
    guard let (clip, shifted) = matching.unary(value, "clip"), clip.float("alpha") == 0 else { return nil }
    let (x, slope, offset) = matching.affine(shifted, steps: 1)
    guard x !== shifted, isClose(scale * Float(clip.float("beta")), 1) else { return nil }
    return (x, "hard_sigmoid", Double(scale * slope), Double(scale * offset))
  }

  /// x sigmoid(a x), x hard_sigmoid(x) and x tanh(softplus(x)).
  private static func gated(_ x: Value, _ gate: Value, _ scale: Float, _ matching: Matching) -> Found? {
    if let (clip, shifted) = matching.unary(gate, "clip"), clip.float("alpha") == 0, isClose(Float(clip.float("beta")), 6), isClose(scale, 1 / 6) {
      let (base, slope, offset) = matching.affine(shifted, to: x)
      return base === x && slope == 1 && isClose(offset, 3) ? (x, "hard_swish", 0, 0) : nil
    }
    guard isClose(scale, 1) else { return nil }
    if let (_, argument) = matching.unary(gate, "sigmoid") {
      let (base, slope, offset) = matching.affine(argument, to: x)
      if argument === x { return (x, "swish", 1, 0) }
      return base === x && offset == 0 ? (x, "swish", Double(slope), 0) : nil
    }
    if let (node, argument) = matching.unary(gate, "hard_sigmoid"), argument === x {
      return isClose(Float(node.float("alpha")), 1 / 6) && isClose(Float(node.float("beta")), 0.5) ? (x, "hard_swish", 0, 0) : nil
    }
    if let (_, inner) = matching.unary(gate, "tanh"), let (softplus, argument) = matching.unary(inner, "softplus"), argument === x {
      return softplus.float("alpha") == 1 ? (x, "mish", 0, 0) : nil
    }
    return nil
  }

  /// x (1 + erf(x / sqrt 2)) / 2, and with tanh(sqrt(2 / pi) (x + 0.044715 x^3)) for erf.
  private static func gelu(_ x: Value, _ gate: Value, _ scale: Float, _ matching: Matching) -> Found? {
    let (base, slope, offset) = matching.affine(gate)
    guard base !== gate, slope != 0, isClose(offset / slope, 1), isClose(scale * slope, 0.5) else { return nil }
    if let (_, argument) = matching.unary(base, "erf") {
      let (inner, factor, shift) = matching.affine(argument, to: x)
      return inner === x && shift == 0 && isClose(factor, 0.707_106_78) ? (x, "gelu", 0, 0) : nil
    }
    guard let (_, argument) = matching.unary(base, "tanh") else { return nil }
    let (factor, terms) = matching.product(argument, isRoot: true)
    guard isClose(factor, 0.797_884_56) else { return nil }
    if terms.count == 1, let (a, b) = matching.binary(terms[0], "add") {
      let cube = matching.product(a === x ? b : a, isRoot: true)
      let isCube = (a === x || b === x) && cube.factors.count == 3 && cube.factors.allSatisfy { $0 === x } && isClose(cube.scale, 0.044_715)
      return isCube ? (x, "gelu_tanh", 0, 0) : nil
    }
    guard terms.count == 2, let bracket = terms.first(where: { $0 !== x }), terms.contains(where: { $0 === x }) else { return nil }
    let (squareBase, weight, one) = matching.affine(bracket)
    let square = matching.product(squareBase, isRoot: true)
    let isSquare = square.factors.count == 2 && square.factors.allSatisfy { $0 === x }
    return isSquare && isClose(one, 1) && isClose(weight * square.scale, 0.044_715) ? (x, "gelu_tanh", 0, 0) : nil
  }
}
