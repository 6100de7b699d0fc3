// SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

/// Finds multi-head attention (Vaswani et al. 2017) written in primitives: heads split off by reshape and transpose, product of
/// queries and keys, scale, mask, softmax, product with values, heads joined again.
enum AttentionPattern: Pass {
  static let title = "finding attention"

  static func run(_ graph: Graph, _ knowledge: ShapeKnowledge) -> Bool {
    for node in graph.nodes where node.operatorCode == .softmax && !node.boolean("logarithm") {
      if let found = AttentionMatch(graph, node, knowledge) {
        found.apply()
        return true
      }
    }
    return false
  }
}

/// One attention around a softmax.
private struct AttentionMatch {
  let graph: Graph
  let matching: Matching
  var uses: ValueUses { matching.uses }
  let queries: HeadSource
  let keys: HeadSource
  let values: HeadSource
  let scale: Double
  let masks: [Value]
  let join: Node
  let location: String

  init?(_ graph: Graph, _ softmax: Node, _ knowledge: ShapeKnowledge) {
    self.graph = graph
    matching = Matching(graph)
    location = softmax.location
    let uses = matching.uses
    guard let scores = softmax.input(0), let weights = softmax.output(0), let rank = scores.shape?.count, rank == 4,
      normalized(softmax.integer("axis", default: -1), rank) == 3 else { return nil }
    // Behind the softmax: values, and the heads joined.
    guard let mix = uses.onlyReader(weights), mix.operatorCode == .matmul, mix.input(0) === weights, AttentionMatch.isPlain(mix),
      let valueHeads = mix.input(1), !mix.boolean("transpose_a"), !mix.boolean("transpose_b"), let mixed = mix.output(0),
      let back = uses.onlyReader(mixed), back.operatorCode == .transpose, back.integers("permutation") == [0, 2, 1, 3], let apart = back.output(0),
      let join = uses.onlyReader(apart), [.reshape, .flatten].contains(join.operatorCode), let joined = join.output(0), joined.shape?.count == 3
    else { return nil }
    self.join = join
    // Before it: scale and masks in any order, then the product.
    var (scale, masks, value) = (1.0, [Value](), scores)
    var product: Node?
    while product == nil {
      guard let node = uses.producer(value), uses.onlyReader(value) != nil else { return nil }
      if node.operatorCode == .matmul {
        product = node
      } else if let factor = AttentionMatch.scalarFactor(node), let x = AttentionMatch.scaled(node) {
        scale *= factor
        value = x
      } else if node.isBinary("add"), let a = node.input(0), let b = node.input(1) {
        guard scale == 1 else { return nil }  // a mask inside a scale would be scaled with the scores
        let aLeads = AttentionMatch.leadsToProduct(a, uses)
        guard aLeads != AttentionMatch.leadsToProduct(b, uses) else { return nil }
        masks.append(aLeads ? b : a)
        value = aLeads ? a : b
      } else {
        return nil
      }
    }
    guard let product, let left = product.input(0), let right = product.input(1), !product.boolean("transpose_a"), product.input(3) == nil,
      product.activation == nil else { return nil }
    if let bias = product.input(2) { masks.append(bias) }
    let (queries, queryScale) = HeadSource.peel(left, uses)
    let (keys, keyScale) = HeadSource.peel(right, uses)
    self.scale = scale * queryScale * keyScale * product.float("scale", default: 1)
    guard let q = HeadSource(queries, uses, knowledge, transposed: false),
      let k = HeadSource(keys, uses, knowledge, transposed: !product.boolean("transpose_b")),
      let v = HeadSource(valueHeads, uses, knowledge, transposed: false), q.heads == k.heads, k.heads == v.heads,
      masks.count <= 2, masks.allSatisfy({ ($0.shape?.count ?? 9) <= 4 && $0.isFloat }) else { return nil }
    self.queries = q
    self.keys = k
    self.values = v
    self.masks = masks
  }

  /// Whether a product does nothing beside multiplying.
  static func isPlain(_ node: Node) -> Bool {
    node.inputs.count == 2 && node.activation == nil && node.float("scale", default: 1) == 1
  }

  /// The number by which `node` multiplies its other operand.
  static func scalarFactor(_ node: Node) -> Double? {
    if node.isUnary("linear"), node.float("beta") == 0 { return node.float("alpha") }
    guard let b = node.input(1) else { return nil }
    if node.isBinary("multiply"), let factor = b.scalar ?? node.input(0)?.scalar { return Double(factor) }
    if node.isBinary("divide"), let divisor = b.scalar, divisor != 0 { return 1 / Double(divisor) }
    return nil
  }

  static func scaled(_ node: Node) -> Value? { node.inputs.compactMap { $0 }.first { $0.constant == nil } }

  /// Whether `value` is the scores: a product, perhaps scaled or masked already.
  private static func leadsToProduct(_ value: Value, _ uses: ValueUses, depth: Int = 4) -> Bool {
    guard depth > 0, let node = uses.producer(value), uses.onlyReader(value) != nil else { return false }
    if node.operatorCode == .matmul { return true }
    if scalarFactor(node) != nil, let x = scaled(node) { return leadsToProduct(x, uses, depth: depth - 1) }
    if node.isBinary("add") { return node.inputs.contains { $0.map { leadsToProduct($0, uses, depth: depth - 1) } ?? false } }
    return false
  }

  func apply() {
    var inputs: [Value?] = [queries, keys, values].map { $0.rows(graph) }
    if let first = masks.first {
      var mask = first
      if masks.count == 2 {
        mask = Value(name: "\(join.name)/mask", type: .float32, shape: nil)
        graph.nodes.append(Node(.binary, name: mask.name, inputs: [masks[0], masks[1]], outputs: [mask], attributes: ["function": .member("add")]))
      }
      inputs.append(mask)
    }
    let attributes: [String: Attribute] = ["heads": .integer(queries.heads), "scale": .float(scale)]
    graph.nodes.append(Node(.attention, name: "\(join.name)/attention", inputs: inputs, outputs: join.outputs, attributes: attributes, location: location))
    graph.nodes.removeAll { $0 === join }
    graph.sortNodes()
    _ = DeadCode.run(graph, ShapeKnowledge())
  }
}

/// Where heads [B, H, S, D] come from: rows [B, S, H D], or a part of rows [B, S, parts H D].
private struct HeadSource {
  let source: Value
  let heads: Int
  let size: Int
  /// Which of the parts of the source; nil where it is the whole.
  let part: Int?

  /// `value` without multiplications by scalars, and their product.
  static func peel(_ value: Value, _ uses: ValueUses) -> (value: Value, scale: Double) {
    var (value, scale) = (value, 1.0)
    while let node = uses.producer(value), let factor = AttentionMatch.scalarFactor(node), let x = AttentionMatch.scaled(node) {
      scale *= factor
      value = x
    }
    return (value, scale)
  }

  /// `transposed`: `value` is [B, H, D, S].
  init?(_ value: Value, _ uses: ValueUses, _ knowledge: ShapeKnowledge, transposed: Bool) {
    guard var node = uses.producer(value) else { return nil }
    var order = [0, 2, 1, 3]
    if transposed {
      guard node.operatorCode == .transpose else { return nil }
      order = [0, 2, 3, 1]
      if node.integers("permutation") == [0, 1, 3, 2], let inner = node.input(0), let before = uses.producer(inner) {
        (node, order) = (before, [0, 2, 1, 3])
      }
    }
    if node.operatorCode == .transpose, node.integers("permutation") == order, let apart = node.input(0), let split = uses.producer(apart) {
      guard let shape = apart.shape, shape.count == 4, shape[2] > 0, shape[3] > 0, [.reshape, .unsqueeze].contains(split.operatorCode),
        let rows = split.input(0), rows.shape?.count == 3, rows.shape?.last == shape[2] * shape[3],
        HeadSource.sameRows(rows, apart, knowledge) else { return nil }
      (source, heads, size, part) = (rows, shape[2], shape[3], nil)
      return
    }
    guard order == [0, 2, 1, 3], let found = HeadSource.part(of: node, value, uses, knowledge) else { return nil }
    self = found
  }

  private init(source: Value, heads: Int, size: Int, part: Int) {
    (self.source, self.heads, self.size, self.part) = (source, heads, size, part)
  }

  /// One of the parts of [parts, B, H, S, D], which is a transpose of [B, S, parts, H, D].
  private static func part(of node: Node, _ value: Value, _ uses: ValueUses, _ knowledge: ShapeKnowledge) -> HeadSource? {
    guard let (stack, index) = picked(node, value, uses), let transpose = uses.producer(stack), transpose.operatorCode == .transpose,
      transpose.integers("permutation") == [2, 0, 3, 1, 4], let apart = transpose.input(0), let shape = apart.shape, shape.count == 5,
      shape[2...].allSatisfy({ $0 > 0 }), let split = uses.producer(apart), split.operatorCode == .reshape, let rows = split.input(0),
      rows.shape?.count == 3, rows.shape?.last == shape[2] * shape[3] * shape[4], index < shape[2], sameRows(rows, apart, knowledge)
    else { return nil }
    return HeadSource(source: rows, heads: shape[3], size: shape[4], part: index)
  }

  /// The value and the position on its first dimension that `value` is.
  private static func picked(_ node: Node, _ value: Value, _ uses: ValueUses) -> (Value, Int)? {
    guard let x = node.input(0) else { return nil }
    switch node.operatorCode {
    case .gather:
      guard node.integer("axis") == 0, let index = node.input(1)?.constant, index.shape.isEmpty, let position = index.integers?.first, position >= 0 else { return nil }
      return (x, position)
    case .squeeze, .reshape:
      guard let inner = uses.producer(x), x.shape?.first == 1, x.shape?.count == 5, value.shape?.count == 4 else { return nil }
      if inner.operatorCode == .slice, inner.inputs.count == 1 || inner.inputs.dropFirst().allSatisfy({ $0?.constant != nil }), let stack = inner.input(0) {
        let axes = inner.integers("axes")
        guard axes == [0] || axes.isEmpty, let start = (inner.input(1)?.constant?.integers ?? inner.integers("starts")).first, start >= 0 else { return nil }
        return (stack, start)
      }
      if inner.operatorCode == .split, inner.integer("axis") == 0, let stack = inner.input(0), inner.outputs.count == stack.shape?.first,
        let position = inner.outputs.firstIndex(where: { $0 === x }) { return (stack, position) }
      return nil
    default: return nil
    }
  }

  /// Whether batch and sequence are the same extents on both sides.
  private static func sameRows(_ rows: Value, _ apart: Value, _ knowledge: ShapeKnowledge) -> Bool {
    guard let a = knowledge.shapes(rows), let b = knowledge.shapes(apart), a.count == b.count else {
      return rows.shape?[1] == apart.shape?[1] && (rows.shape?[1] ?? -1) >= 0 && (rows.shape?[0] == apart.shape?[0])
    }
    return zip(a, b).allSatisfy { $0.count == 3 && $0[0] == $1[0] && $0[1] == $1[1] }
  }

  /// The rows [B, S, H D], cut out of the source where they are a part of it.
  func rows(_ graph: Graph) -> Value {
    guard let part else { return source }
    let rows = source.derived("part\(part)", shape: source.shape.map { $0.dropLast() + [heads * size] })
    graph.nodes.append(Node(.slice, name: rows.name, inputs: [source], outputs: [rows], attributes: [
      "axes": .integers([2]), "starts": .integers([part * heads * size]), "ends": .integers([(part + 1) * heads * size]), "steps": .integers([1]),
    ]))
    return rows
  }
}
