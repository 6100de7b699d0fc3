// SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

/// Folds multiplications and additions of constants by channel, which is what batch normalisation is at inference, into the weights and
/// the bias of the convolution, transposed convolution or matrix product before them; multiplications, and additions where
/// nothing is padded, also into the one behind them.
enum ScaleFolding: Pass {
  static let title = "folding scales and biases into weights"

  static func run(_ graph: Graph, _ knowledge: ShapeKnowledge) -> Bool {
    var changed = false
    var uses = ValueUses(graph)
    for node in graph.nodes where [.convolution, .convolutionTranspose, .matmul].contains(node.operatorCode) {
      while foldReader(node, &uses) { changed = true }
      while foldOperand(node, graph, uses) {
        changed = true
        uses = ValueUses(graph)
      }
    }
    graph.nodes.removeAll { $0.operatorCode == .none }
    return changed
  }

  /// Folds the one reader of `node`'s result into it.
  private static func foldReader(_ node: Node, _ uses: inout ValueUses) -> Bool {
    guard let y = node.output(0), node.activation == nil, node.input(3) == nil, let reader = uses.onlyReader(y), y.isFloat,
      let product = FoldableProduct(node), let step = channelStep(reader, y, product.channels, product.rank),
      reader.activation == nil else { return false }
    guard product.fold(scale: step.scale, offset: step.offset) else { return false }
    node.outputs = reader.outputs
    uses.absorb(reader, into: node)
    reader.operatorCode = .none
    return true
  }

  /// Folds a multiplication or addition that makes operand 0, and that only `node` reads, into `node`.
  private static func foldOperand(_ node: Node, _ graph: Graph, _ uses: ValueUses) -> Bool {
    guard node.operatorCode != .convolutionTranspose, let x = node.input(0), uses.onlyReader(x) === node, x.isFloat, let before = uses.producer(x),
      before.activation == nil, let source = before.inputs.compactMap({ $0 }).first(where: { $0.constant == nil }), let rank = x.shape?.count,
      let product = FoldableProduct(node), source.shape?.last == product.inputChannels,
      let step = channelStep(before, source, product.inputChannels, rank) else { return false }
    guard step.offset.allSatisfy({ $0 == 0 }) || product.seesNoPadding else { return false }
    guard product.foldInput(scale: step.scale, offset: step.offset) else { return false }
    node.inputs[0] = source
    graph.nodes.removeAll { $0 === before || $0.operatorCode == .none }
    return true
  }

  /// `node` as scale * x + offset for each of `channels` last positions of `x`.
  private static func channelStep(_ node: Node, _ x: Value, _ channels: Int, _ rank: Int) -> (scale: [Float], offset: [Float])? {
    let (ones, zeros) = ([Float](repeating: 1, count: channels), [Float](repeating: 0, count: channels))
    if node.isUnary("linear") {
      return (ones.map { _ in Float(node.float("alpha")) }, zeros.map { _ in Float(node.float("beta")) })
    }
    guard node.operatorCode == .binary, node.inputs.count == 2, let a = node.input(0), let b = node.input(1), a !== b else { return nil }
    let isFirst = a === x
    guard isFirst || b === x, let constant = (isFirst ? b : a).constant?.perLastDimension(channels: channels, rank: rank) else { return nil }
    switch node.member("function", default: "add") {
    case "add": return (ones, constant)
    case "subtract": return isFirst ? (ones, constant.map { -$0 }) : (ones.map { -$0 }, constant)
    case "multiply": return (constant, zeros)
    case "divide" where isFirst && constant.allSatisfy({ $0 != 0 }): return (constant.map { 1 / $0 }, zeros)
    default: return nil
    }
  }
}
