// A graph as text, for tests and reports. SPDX-License-Identifier: Apache-2.0
import ModelFile

extension Graph: CustomStringConvertible {
  /// One line a node: `y:float32[1,8] = unary(x) function=relu`; constants show as type and shape, small ones by their elements.
  /// Names are the values' own, so two graphs with equal descriptions differ at most in large constants and node names.
  package var description: String { lines(indent: "").joined(separator: "\n") }

  private func lines(indent: String) -> [String] {
    var lines = ["\(indent)inputs \(inputs.map(\.summary).joined(separator: ", "))"]
    for node in nodes {
      let results = node.outputs.map { $0?.summary ?? "_" }.joined(separator: ", ")
      let operands = node.inputs.map { $0?.operand ?? "_" }.joined(separator: ", ")
      let attributes = node.attributes.sorted { $0.key < $1.key }
      let texts = attributes.map { " \($0.key)=\($0.value)" }.joined()
      lines.append("\(indent)\(results) = \(node.operatorCode.name)(\(operands))\(texts)")
      for inner in node.innerGraphs { lines += inner.lines(indent: indent + "  ") }
    }
    lines.append("\(indent)outputs \(outputs.map(\.operand).joined(separator: ", "))")
    return lines
  }
}

extension Value {
  /// Name, type and shape: `x:float32[1,-1,48]`; `?` for an unknown rank.
  package var summary: String {
    let extents = shape.map { "[\($0.map(String.init).joined(separator: ","))]" } ?? "?"
    return "\(name):\(type.name)\(extents)"
  }

  /// How the value shows as an operand: its name, or what it is constant at.
  package var operand: String {
    guard let constant else { return name }
    let extents = "[\(constant.shape.map(String.init).joined(separator: ","))]"
    guard constant.elementCount <= 8 else { return "\(constant.type.name)\(extents)" }
    if let floats = constant.floats { return "\(extents){\(floats.map { "\($0)" }.joined(separator: ","))}" }
    if let integers = constant.integers { return "\(extents){\(integers.map(String.init).joined(separator: ","))}" }
    return "\(constant.type.name)\(extents)"
  }
}

extension Attribute: CustomStringConvertible {
  package var description: String {
    switch self {
    case .integer(let value): "\(value)"
    case .integers(let values): "[\(values.map(String.init).joined(separator: ","))]"
    case .float(let value): "\(Float(value))"
    case .floats(let values): "[\(values.map { "\(Float($0))" }.joined(separator: ","))]"
    case .boolean(let value): "\(value)"
    case .member(let name): name
    case .activation(let function, let alpha, let beta):
      alpha == 0 && beta == 0 ? function : "\(function)(\(Float(alpha)),\(Float(beta)))"
    case .graph(let graph): graph.name
    }
  }
}
