// SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

/// Moves what follows a convolution or a product into it: the addition of an equal-shaped tensor (residual), of a constant (bias),
/// and the activation; activations also into element-wise operators of two inputs.
enum EpilogueFusion: Pass {
  static let title = "fusing biases, residuals and activations"

  static func run(_ graph: Graph, _ knowledge: ShapeKnowledge) -> Bool {
    var uses = ValueUses(graph)
    var changed = false
    // The last producer takes the residual: the other operand of the addition is there by then.
    for node in graph.nodes.reversed() { while takeReader(node, &uses, knowledge) { changed = true } }
    guard changed else { return false }
    graph.nodes.removeAll { $0.operatorCode == .none }
    graph.sortNodes()
    return true
  }

  /// Moves the one reader of the node's result into the node.
  private static func takeReader(_ node: Node, _ uses: inout ValueUses, _ knowledge: ShapeKnowledge) -> Bool {
    guard let y = node.output(0), node.outputs.count == 1, node.activation == nil, y.isFloat, takesActivation(node),
      let reader = uses.onlyReader(y) else { return false }
    let inputs = node.inputs
    guard addition(node, y, reader, knowledge) || activation(node, reader) || matmulScale(node, y, reader) else { return false }
    if node.operatorCode != .binary, reader.activation != nil, reader.operatorCode == .binary { node.attributes["activation"] = reader.attributes["activation"] }
    node.outputs = reader.outputs
    uses.absorb(reader, into: node, added: node.inputs.compactMap { $0 }.filter { value in !inputs.contains { $0 === value } })
    reader.operatorCode = .none
    return true
  }

  private static func takesActivation(_ node: Node) -> Bool {
    switch node.operatorCode {
    case .convolution, .convolutionTranspose, .matmul: true
    case .binary: node.input(0)?.isFloat ?? false && (OperatorSets.arithmetic.contains(node.member("function", default: "add")))
    default: false
    }
  }

  private static func addition(_ node: Node, _ y: Value, _ reader: Node, _ knowledge: ShapeKnowledge) -> Bool {
    guard node.operatorCode != .binary, reader.operatorCode == .binary, reader.member("function", default: "add") == "add",
      let a = reader.input(0), let b = reader.input(1), a !== b, let result = reader.output(0) else { return false }
    let other = a === y ? b : a
    if let constant = other.constant {
      // Scale folding has taken constants by channel where the weights are constant; here are the others.
      guard node.operatorCode == .matmul, node.input(2) == nil, node.input(3) == nil, constant.type == .float32, let rank = y.shape?.count,
        constant.shape.count <= rank, constant.shape.count <= 1 || knowledge.haveSameShape(y, result) else { return false }
      node.inputs = [node.input(0), node.input(1), other]
      return true
    }
    guard node.operatorCode != .convolutionTranspose, node.input(3) == nil, knowledge.haveSameShape(y, other), other.isFloat else { return false }
    node.inputs = [node.input(0), node.input(1), node.input(2), other]
    return true
  }

  private static func activation(_ node: Node, _ reader: Node) -> Bool {
    let function = reader.member("function", default: "identity")
    guard reader.operatorCode == .unary, OperatorSets.floatFunctions.contains(function) else { return false }
    node.attributes["activation"] = .activation(function: function, alpha: reader.float("alpha"), beta: reader.float("beta"))
    return true
  }

  /// A multiplication of a product by a scalar becomes its scale.
  private static func matmulScale(_ node: Node, _ y: Value, _ reader: Node) -> Bool {
    guard node.operatorCode == .matmul, node.input(2) == nil, node.input(3) == nil, reader.operatorCode == .binary,
      let a = reader.input(0), let b = reader.input(1), let rank = y.shape?.count,
      let scalar = (a === y ? b : a).scalar, ((a === y ? b : a).constant?.shape.count ?? 9) <= rank else { return false }
    switch reader.member("function", default: "add") {
    case "multiply": node.attributes["scale"] = .float(node.float("scale", default: 1) * Double(scalar))
    case "divide" where a === y && scalar != 0: node.attributes["scale"] = .float(node.float("scale", default: 1) / Double(scalar))
    default: return false
    }
    return true
  }
}

/// Members of the schema's enums, by what passes may do with them.
enum OperatorSets {
  /// Binary functions with float results that an activation can follow.
  static let arithmetic: Set<String> = [
    "add", "subtract", "multiply", "divide", "power", "minimum", "maximum", "floor_divide", "modulo", "remainder", "prelu", "squared_difference", "atan2",
  ]

  /// Unary functions from float to float.
  static let floatFunctions: Set<String> = [
    "relu", "clip", "leaky_relu", "sigmoid", "tanh", "hard_sigmoid", "hard_swish", "scaled_hard_swish", "swish", "gelu", "gelu_tanh", "mish", "elu", "selu", "celu", "softplus",
    "softsign", "thresholded_relu", "linear", "hard_shrink", "soft_shrink", "absolute", "negate", "sign", "floor", "ceil", "round", "exp", "log", "sqrt",
    "reciprocal_sqrt", "reciprocal", "square", "erf", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "asinh", "acosh", "atanh", "log1p", "expm1",
    "power", "truncate",
  ]
}
