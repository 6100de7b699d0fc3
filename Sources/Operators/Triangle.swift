// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Platform
import Tensors

/// The upper or lower triangle of the last two dimensions, from `diagonal` on (0: the main one, positive: above it); zeros elsewhere.
package enum TriangleOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let input = try node.input(0)
    guard input.shape.rank >= 2 else { throw node.fail(.invalidShape).text("an input of the shape ").shape(input.shape).status }
    try node.setOutput(0, input.type, input.shape)
    return .known
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel { .moving(node.optionalOutput(0)?.count ?? 0, "copy of rows") }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let attributes = TriangleAttributes(node.attributes)
    let input = try node.input(0)
    guard let output = node.optionalOutput(0), output.count > 0 else { return }
    let shape = input.shape
    let (height, width) = (max(shape[shape.rank - 2], 1), shape[shape.rank - 1])
    let limit = Shape.maximumElementCount
    let diagonal = min(max(Int(clamping: attributes.diagonal), -limit), limit)
    let size = input.type.size
    try run.share(of: shape.product(0, shape.rank - 1)) { (begin, end) throws(Status) in
      for row in begin..<end {
        let crossing = row % height &+ diagonal
        let keepBegin = attributes.upper ? min(max(crossing, 0), width) : 0
        let keepEnd = attributes.upper ? width : min(max(crossing &+ 1, 0), width)
        let from = input.address(row &* width)
        let to = output.address(row &* width)
        if from != UnsafeRawPointer(to) { platform_copy(to + keepBegin &* size, from + keepBegin &* size, (keepEnd &- keepBegin) &* size) }
        platform_fill(to, 0, keepBegin &* size)
        platform_fill(to + keepEnd &* size, 0, (width &- keepEnd) &* size)
      }
    }
  }
}
