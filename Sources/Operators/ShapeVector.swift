// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Tensors

/// The extents start ..< end of x as a vector of int64 (or int32); both clamp, negative ones count from the end.
package enum ShapeOperator: Operator {
  private static func bounds(_ node: NodeView, rank: Int) -> (begin: Int, end: Int) {
    let attributes = ShapeAttributes(node.attributes)
    let (start, stop) = (Int(attributes.start), Int(attributes.end))
    let begin = min(max(start < 0 ? start + rank : start, 0), rank)
    let end = min(max(stop < 0 ? stop + rank : stop, 0), rank)
    return (begin, max(begin, end))
  }

  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let attributes = ShapeAttributes(node.attributes)
    let (begin, end) = bounds(node, rank: try node.input(0).shape.rank)
    let type = attributes.to == .none ? .int64 : attributes.to
    guard type == .int64 || type == .int32 else { throw node.fail(.invalidType).text("extents as ").type(type).status }
    try node.setOutput(0, type, Shape(end - begin))
    return .known
  }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let shape = try node.input(0).shape
    let (begin, end) = bounds(node, rank: shape.rank)
    guard let output = node.optionalOutput(0) else { return }
    for axis in begin..<end {
      if output.type == .int64 {
        output.elements(Int64.self)[axis - begin] = Int64(shape[axis])
      } else {
        output.elements(Int32.self)[axis - begin] = Int32(clamping: shape[axis])
      }
    }
  }
}
