// Looking at arithmetic through the many ways in which it can be written. SPDX-License-Identifier: Apache-2.0
import Graph

/// Recognises shapes of expressions in a graph.
struct Matching {
  let uses: ValueUses

  init(_ graph: Graph) { uses = ValueUses(graph) }

  /// The operand of `value` where it is the unary `function`.
  func unary(_ value: Value?, _ function: String) -> (node: Node, x: Value)? {
    guard let node = uses.producer(value), node.isUnary(function), let x = node.input(0) else { return nil }
    return (node, x)
  }

  /// The operands of `value` where it is the binary `function` with nothing after it.
  func binary(_ value: Value?, _ function: String) -> (a: Value, b: Value)? {
    guard let node = uses.producer(value), node.isBinary(function), let a = node.input(0), let b = node.input(1) else { return nil }
    return (a, b)
  }

  /// `value` as scale * base + offset, followed through at most `steps` additions, multiplications and divisions by scalars, no
  /// further than `goal`.
  func affine(_ value: Value, steps: Int = 64, to goal: Value? = nil) -> (base: Value, scale: Float, offset: Float) {
    var (base, scale, offset) = (value, Float(1), Float(0))
    for _ in 0..<steps where base !== goal {
      guard let node = uses.producer(base), let step = affineStep(node) else { break }
      offset += scale * step.offset
      scale *= step.scale
      base = step.base
    }
    return (base, scale, offset)
  }

  private func affineStep(_ node: Node) -> (base: Value, scale: Float, offset: Float)? {
    guard let a = node.input(0) else { return nil }
    if node.isUnary("linear") { return (a, Float(node.float("alpha")), Float(node.float("beta"))) }
    guard node.operatorCode == .binary, node.activation == nil, let b = node.input(1) else { return nil }
    switch (node.member("function", default: "add"), a.scalar, b.scalar) {
    case ("add", nil, let c?): return (a, 1, c)
    case ("add", let c?, nil): return (b, 1, c)
    case ("subtract", nil, let c?): return (a, 1, -c)
    case ("subtract", let c?, nil): return (b, -1, c)
    case ("multiply", nil, let c?): return (a, c, 0)
    case ("multiply", let c?, nil): return (b, c, 0)
    case ("divide", nil, let c?) where c != 0: return (a, 1 / c, 0)
    default: return nil
    }
  }

  /// `value` as a product: a constant times values, powers written out; followed through nodes that nobody else reads.
  func product(_ value: Value, isRoot: Bool = true) -> (scale: Float, factors: [Value]) {
    if let scalar = value.scalar { return (scalar, []) }
    guard let node = uses.producer(value), isRoot || uses.onlyReader(value) != nil, let a = node.input(0) else { return (1, [value]) }
    if node.isUnary("square") { return repeated(a, 2) }
    if node.isUnary("linear"), node.float("beta") == 0 {
      let inner = product(a, isRoot: false)
      return (inner.scale * Float(node.float("alpha")), inner.factors)
    }
    if node.isUnary("power"), node.float("alpha") == 2 || node.float("alpha") == 3 { return repeated(a, Int(node.float("alpha"))) }
    guard node.operatorCode == .binary, node.activation == nil, let b = node.input(1) else { return (1, [value]) }
    switch node.member("function", default: "add") {
    case "multiply":
      let (left, right) = (product(a, isRoot: false), product(b, isRoot: false))
      return (left.scale * right.scale, left.factors + right.factors)
    case "divide":
      guard let divisor = b.scalar, divisor != 0 else { return (1, [value]) }
      let inner = product(a, isRoot: false)
      return (inner.scale / divisor, inner.factors)
    case "power" where b.scalar == 2 || b.scalar == 3: return repeated(a, b.scalar == 2 ? 2 : 3)
    default: return (1, [value])
    }
  }

  private func repeated(_ value: Value, _ count: Int) -> (scale: Float, factors: [Value]) { (1, [Value](repeating: value, count: count)) }
}

/// Whether two numbers agree to a part in a thousand: constants are written with few digits by some exporters.
func isClose(_ left: Float, _ right: Float) -> Bool { abs(left - right) <= 1e-3 * max(abs(left), abs(right)) }
