// SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

/// Joins hard swish with the scaling and the shift by numbers behind it, as PP-LCNetV3's blocks have them (PP-OCRv4's recogniser).
///
/// The shift cannot go into a following convolution that is padded: its zeros are not shifted.
enum ScaledHardSwish: Pass {
  static let title = "joining hard swish with scalings"

  static func run(_ graph: Graph, _ knowledge: ShapeKnowledge) -> Bool {
    let matching = Matching(graph)
    for node in graph.nodes where node.activation == nil {
      guard let y = node.output(0), y.isFloat, let shape = y.shape else { continue }
      let (x, scale, offset) = matching.affine(y, steps: 1)
      guard x !== y, matching.uses.onlyReader(x) === node, let (before, source) = matching.unary(x, "hard_swish"), source.shape?.count == shape.count else { continue }
      node.operatorCode = .unary
      node.inputs = [source]
      node.attributes = ["function": .member("scaled_hard_swish"), "alpha": .float(Double(scale)), "beta": .float(Double(offset))]
      graph.nodes.removeAll { $0 === before }
      return true
    }
    return false
  }
}
