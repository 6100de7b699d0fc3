// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Tensors

package enum ResizeOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum GridSampleOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum RoiAlignOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum NonMaximumSuppressionOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum MulticlassNmsOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum YoloBoxOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum PriorBoxOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum BoxCoderOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
