// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Tensors

/// A new dimension of `depth` at `axis` of the output: on where its position is the index, else off (also for every index outside
/// -depth ..< depth). On and off are 1 and 0, or input 2 is [off, on].
package enum OneHotOperator: Operator {
  private static func depth(_ node: NodeView) -> Int {
    node.optionalInput(1).map { Int(clamping: ElementValue($0, 0).asInteger) } ?? Int(clamping: OneHotAttributes(node.attributes).depth)
  }

  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let attributes = OneHotAttributes(node.attributes)
    let indices = try node.input(0)
    guard indices.type != .none && indices.type != .float16 else { throw node.fail(.invalidType).text("indices of ").type(indices.type).status }
    var type = attributes.to == .none ? .float32 : attributes.to
    if let values = node.optionalInput(2) {
      guard values.count == 2 else { throw node.fail(.invalidShape).text("values of the shape ").shape(values.shape).text(", expected two").status }
      type = values.type
    }
    guard type != .float16 && type != .none else { throw node.fail(.invalidType).text("values of ").type(type).status }
    if let depth = node.optionalInput(1) {
      try node.requireOneElement(depth, "the depth")
      guard depth.hasData else { return .deferred }
    }
    let shape = indices.shape
    guard shape.rank < Shape.maximumRank else { throw node.fail(.invalidShape).text("indices of the shape ").shape(shape).status }
    let axis = try node.axis(Int(attributes.axis), rank: shape.rank + 1)
    var result = Shape()
    for index in 0..<(shape.rank + 1) {
      result.append(index < axis ? shape[index] : index == axis ? depth(node) : shape[index - 1])
    }
    try node.setOutput(0, type, result)
    return .known
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel { .moving(node.optionalOutput(0)?.count ?? 0, "fill and mark") }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let attributes = OneHotAttributes(node.attributes)
    let indices = try node.input(0)
    guard let output = node.optionalOutput(0), output.count > 0 else { return }
    let shape = output.shape
    let axis = try node.axis(Int(attributes.axis), rank: shape.rank)
    let depth = shape[axis]
    let inner = shape.product(axis + 1, shape.rank)
    let values = node.optionalInput(2)
    let off = (values.map { ElementValue($0, 0) } ?? ElementValue(Int64(0))).bits(as: output.type) ?? 0
    let on = (values.map { ElementValue($0, 1) } ?? ElementValue(Int64(1))).bits(as: output.type) ?? 0
    let size = output.type.size
    try run.share(of: shape.product(0, axis)) { (begin, end) throws(Status) in
      fillElements(output.address(begin &* depth &* inner), (end &- begin) &* depth &* inner, off, size: size)
      for outer in begin..<end {
        for place in 0..<inner {
          var index = Int(clamping: ElementValue(indices, outer &* inner &+ place).asInteger)
          if index < 0 { index = index &+ depth }
          guard index >= 0 && index < depth else { continue }
          fillElements(output.address((outer &* depth &+ index) &* inner &+ place), 1, on, size: size)
        }
      }
    }
  }
}
