// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Tensors

/// A tensor of equal elements: of type `to`, else of the value's type, else float32.
package enum FillOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let attributes = FillAttributes(node.attributes)
    let value = node.optionalInput(1)
    if let value {
      try node.requireOneElement(value, "the value")
      guard value.type != .float16 && value.type != .none else { throw node.fail(.invalidType).text("a value of type ").type(value.type).status }
    }
    let type = attributes.to != .none ? attributes.to : value?.type ?? .float32
    guard type != .float16 else { throw node.fail(.invalidType).text("filling of float16").status }
    guard let extents = try node.integers(0, else: attributes.shape, "the shape") else { return .deferred }
    guard extents.count <= Shape.maximumRank else {
      throw node.fail(.invalidShape).text("a shape of ").integer(extents.count).text(" dimensions").status
    }
    var shape = Shape(rank: extents.count, repeating: 0)
    for axis in 0..<extents.count { shape[axis] = extents[axis] }
    try node.setOutput(0, type, shape)
    return .known
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel { .moving(node.optionalOutput(0)?.count ?? 0, "fill") }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    guard let output = node.optionalOutput(0) else { return }
    let value = node.optionalInput(1).map { ElementValue($0, 0) } ?? ElementValue(FillAttributes(node.attributes).value)
    let bits = value.bits(as: output.type) ?? 0
    try run.share(of: output.count, grain: 64) { (begin, end) throws(Status) in
      fillElements(output.address(begin), end &- begin, bits, size: output.type.size)
    }
  }
}
