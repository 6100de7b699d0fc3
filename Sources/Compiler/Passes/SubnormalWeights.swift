// SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

/// Sets weights and biases below the normal numbers of float32 to zero. Training with decay leaves such in channels that died; x86 processors
/// take some hundred cycles for a multiplication by one. A result changes by at most 2^-126 times the inputs that met them.
enum SubnormalWeights: Pass {
  static let title = "setting subnormal weights to zero"

  static func run(_ graph: Graph, _ knowledge: ShapeKnowledge) -> Bool {
    var changed = false
    for node in graph.nodes where [.convolution, .convolutionTranspose, .matmul, .recurrent].contains(node.operatorCode) {
      for (index, value) in node.inputs.enumerated() where index > 0 {
        guard let value, let constant = value.constant, let floats = constant.floats, floats.contains(where: \.isSubnormal) else { continue }
        let normal = Constant(shape: constant.shape, floats: floats.map { $0.isSubnormal ? 0 : $0 })
        node.inputs[index] = Value(name: value.name, constant: normal)
        changed = true
      }
    }
    return changed
  }
}
