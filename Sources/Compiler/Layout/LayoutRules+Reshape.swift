// Shape changes between channels-last images. SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

extension LayoutRules {
  /// A change of shape that leaves [N, C] in front alone, or that only drops extents of 1, can follow into channels-last.
  func reshaping(_ node: Node, _ rank: Int) -> Relaid? {
    guard let x = node.input(0)?.shape, let y = node.output(0)?.shape, x.count == rank, rank >= 3 else { return nil }
    if isOneByOne(x), isOneByOne(y) || y.count == 2, sameBatchAndChannels(node) { return flat(node, y) }
    guard y.count >= 3, sameBatchAndChannels(node) else { return nil }
    switch node.operatorCode {
    case .squeeze, .unsqueeze:
      let larger = node.operatorCode == .squeeze ? rank : y.count
      var axes = node.integers("axes").compactMap { normalized($0, larger) }
      if axes.isEmpty && node.operatorCode == .squeeze { axes = x.indices.filter { x[$0] == 1 } }
      guard !axes.isEmpty, axes.allSatisfy({ $0 >= 2 }), node.inputs.count == 1 else { return nil }
      return Relaid(attributes: ["axes": .integers(axes.map { $0 - 1 })])
    case .flatten:
      guard let first = normalized(node.integer("first"), rank), let last = normalized(node.integer("last"), rank), first >= 2, last >= first else { return nil }
      return Relaid(attributes: ["first": .integer(first - 1), "last": .integer(last - 1)])
    default:
      return reshape(node, y)
    }
  }

  /// Whether batch and channels are the first extents on both sides.
  private func sameBatchAndChannels(_ node: Node) -> Bool {
    guard let input = node.input(0), let output = node.output(0), let x = input.shape, let y = output.shape, y.count >= 2 else { return false }
    guard x[1] == y[1], x[1] > 0 else { return false }
    if x[0] == y[0], x[0] >= 0 { return true }
    guard let before = knowledge.shapes(input), let after = knowledge.shapes(output), before.count == after.count else { return false }
    return zip(before, after).allSatisfy { $0.first == $1.first }
  }

  private func isOneByOne(_ shape: [Int]) -> Bool { shape.count >= 3 && shape[2...].allSatisfy { $0 == 1 } }

  /// Between [N, C, 1...] in any number of dimensions: bytes stay where they are.
  private func flat(_ node: Node, _ y: [Int]) -> Relaid? {
    guard y.count(where: { $0 < 0 }) <= 1 else { return nil }
    let target = y.count == 2 ? y : channelsLast(y.count).map { y[$0] }
    return Relaid(attributes: ["shape": .integers(target)], becomesReshape: true)
  }

  /// [N, C, spatial...] to [N, C, other spatial...] with a target known at conversion.
  private func reshape(_ node: Node, _ y: [Int]) -> Relaid? {
    let given = node.input(1)?.constant?.integers ?? (node.input(1) == nil ? node.integers("shape") : [])
    guard given.count == y.count, !node.boolean("allow_zero"), let x = node.input(0)?.shape else { return nil }
    var target: [Int] = []
    for axis in channelsLast(y.count) {
      if y[axis] >= 0 {
        target.append(y[axis])
      } else if axis == 0 {
        target.append(0)
      } else {
        // A 0 copies the extent at its own place, which moves alike on both sides.
        guard given[axis] == -1 || given[axis] == 0 && axis < x.count else { return nil }
        target.append(given[axis])
      }
    }
    guard target.count(where: { $0 == -1 }) <= 1 else { return nil }
    return Relaid(attributes: ["shape": .integers(target)], becomesReshape: true)
  }
}
