// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Tensors

package enum ReshapeOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum SqueezeOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum UnsqueezeOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum FlattenOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum TransposeOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum ConcatOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum SplitOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum SliceOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum SliceUpdateOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum PadOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum ExpandOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum TileOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum ShapeOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum RangeOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum FillOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum OneHotOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum TriangleOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum DepthToSpaceOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum SpaceToDepthOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum GatherOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum GatherElementsOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum GatherNdOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum ScatterElementsOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum ScatterNdOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum TopKOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum NonZeroOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
