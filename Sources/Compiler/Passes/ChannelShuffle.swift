// SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

/// Finds the channel shuffle (Zhang et al. 2018), [N, C, ...] split into groups, transposed and joined again, and makes it a gather of
/// channels, which works in every layout.
enum ChannelShuffle: Pass {
  static let title = "finding channel shuffles"

  static func run(_ graph: Graph, _ knowledge: ShapeKnowledge) -> Bool {
    let uses = ValueUses(graph)
    for join in graph.nodes where join.operatorCode == .reshape {
      guard let shuffled = join.input(0), let transpose = uses.producer(shuffled), transpose.operatorCode == .transpose,
        uses.onlyReader(shuffled) != nil, let apart = transpose.input(0), let split = uses.producer(apart), split.operatorCode == .reshape,
        uses.onlyReader(apart) != nil, let x = split.input(0), let y = join.output(0), knowledge.haveSameShape(x, y), let shape = x.shape,
        let groups = apart.shape, shape.count >= 3, groups.count == shape.count + 1, groups[1] > 0, groups[2] > 0, groups[1] * groups[2] == shape[1],
        transpose.integers("permutation") == [0, 2, 1] + Array(3..<groups.count), Array(groups[3...]) == Array(shape[2...]) else { continue }
      let (outer, inner) = (groups[1], groups[2])
      let order = (0..<shape[1]).map { $0 % outer * inner + $0 / outer }
      join.operatorCode = .gather
      join.inputs = [x, Value(name: "\(y.name)/channels", constant: Constant(shape: [order.count], integers: order))]
      join.attributes = ["axis": .integer(1)]
      _ = DeadCode.run(graph, knowledge)
      return true
    }
    return false
  }
}
