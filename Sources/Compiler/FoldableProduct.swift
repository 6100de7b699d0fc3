// SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import ModelFile

/// A convolution, transposed convolution or matrix product with constant weights, whose weights and bias can be changed.
struct FoldableProduct {
  let node: Node
  private let weights: Constant
  /// Output channels: the last extent of the result.
  let channels: Int
  /// Input channels: the last extent of operand 0.
  let inputChannels: Int
  /// Dimensions of the result.
  let rank: Int
  private let groups: Int

  init?(_ node: Node) {
    guard let weights = node.input(1)?.constant, weights.type == .float32, weights.shape.count >= 2, weights.elementCount > 0,
      let rank = node.output(0)?.shape?.count ?? node.input(0)?.shape?.count else { return nil }
    if let bias = node.input(2), bias.constant?.floats == nil { return nil }
    self.node = node
    self.weights = weights
    self.rank = rank
    let extents = weights.shape
    groups = node.operatorCode == .matmul ? 1 : max(node.integer("groups", default: 1), 1)
    switch node.operatorCode {
    case .convolution:
      channels = extents[extents.count - 1]
      inputChannels = extents[extents.count - 2] * groups
    case .convolutionTranspose:
      channels = extents[extents.count - 1] * groups
      inputChannels = extents[extents.count - 2]
    case .matmul:
      let isTransposed = node.boolean("transpose_b")
      channels = extents[extents.count - (isTransposed ? 2 : 1)]
      inputChannels = extents[extents.count - (isTransposed ? 1 : 2)]
      if node.boolean("transpose_a") && extents.count == 2 { break }
    default: return nil
    }
    guard channels % groups == 0, inputChannels % groups == 0 else { return nil }
    if let bias = node.input(2)?.constant, bias.perLastDimension(channels: channels, rank: rank) == nil { return nil }
  }

  /// Whether every input of the sum is an element of operand 0, so that adding to all of them is adding to the result.
  var seesNoPadding: Bool {
    guard node.operatorCode == .convolution else { return node.operatorCode == .matmul && !node.boolean("transpose_a") }
    let isExplicit = node.member("padding_mode", default: "explicit") == "explicit"
    return node.member("padding_mode", default: "explicit") == "valid"
      || isExplicit && (node.integers("padding_begin") + node.integers("padding_end")).allSatisfy { $0 == 0 }
  }

  private var bias: [Float]? { node.input(2)?.constant?.perLastDimension(channels: channels, rank: rank) }

  /// Makes the result scale * result + offset by channel.
  func fold(scale: [Float], offset: [Float]) -> Bool {
    guard scale.allSatisfy(\.isFinite), offset.allSatisfy(\.isFinite) else { return false }
    if scale.contains(where: { $0 != 1 }) { store(scaled(byOutput: scale)) }
    if node.input(2) != nil || offset.contains(where: { $0 != 0 }) {
      let old = bias ?? [Float](repeating: 0, count: channels)
      store(bias: (0..<channels).map { old[$0] * scale[$0] + offset[$0] })
    }
    return true
  }

  /// Makes the result that of scale * x + offset by input channel.
  func foldInput(scale: [Float], offset: [Float]) -> Bool {
    guard scale.allSatisfy(\.isFinite), offset.allSatisfy(\.isFinite), !(node.operatorCode == .matmul && node.boolean("transpose_a")) else { return false }
    if offset.contains(where: { $0 != 0 }) {
      // The sum over taps and channels of weight * offset is a constant of each output channel.
      guard weights.shape.count == 2 || node.operatorCode == .convolution else { return false }
      let factor = node.operatorCode == .matmul ? node.float("scale", default: 1) : 1
      var sums = [Double](repeating: 0, count: channels)
      visit { _, input, output, weight in sums[output] += Double(weight) * Double(offset[input]) * factor }
      let old = bias ?? [Float](repeating: 0, count: channels)
      store(bias: (0..<channels).map { Float(Double(old[$0]) + sums[$0]) })
    }
    if scale.contains(where: { $0 != 1 }) {
      var changed = [Float](repeating: 0, count: weights.elementCount)
      visit { index, input, _, weight in changed[index] = weight * scale[input] }
      store(changed)
    }
    return true
  }

  private func scaled(byOutput scale: [Float]) -> [Float] {
    var changed = [Float](repeating: 0, count: weights.elementCount)
    visit { index, _, output, weight in changed[index] = weight * scale[output] }
    return changed
  }

  /// Every weight with its input and output channel.
  private func visit(_ body: (_ index: Int, _ input: Int, _ output: Int, _ weight: Float) -> Void) {
    let (rows, columns) = (weights.shape[weights.shape.count - 2], weights.shape[weights.shape.count - 1])
    let isTransposed = node.operatorCode == .matmul && node.boolean("transpose_b")
    let (outputsInGroup, inputsInGroup) = (channels / groups, inputChannels / groups)
    weights.bytes.withUnsafeBytes { raw in
      for index in 0..<min(weights.elementCount, raw.count / 4) {
        let (row, column) = (index / columns % rows, index % columns)
        let weight = raw.loadUnaligned(fromByteOffset: 4 * index, as: Float.self)
        switch node.operatorCode {
        case .convolution: body(index, column / outputsInGroup * inputsInGroup + row, column, weight)
        case .convolutionTranspose: body(index, row, row / inputsInGroup * outputsInGroup + column, weight)
        default: isTransposed ? body(index, column, row, weight) : body(index, row, column, weight)
        }
      }
    }
  }

  private func store(_ elements: [Float]) {
    node.inputs[1] = Value(name: node.input(1)?.name ?? "weights", constant: Constant(shape: weights.shape, floats: elements))
  }

  private func store(bias elements: [Float]) {
    while node.inputs.count < 3 { node.inputs.append(nil) }
    let name = node.input(2)?.name ?? "\(node.name)/bias"
    node.inputs[2] = Value(name: name, constant: Constant(shape: [channels], floats: elements))
  }
}
