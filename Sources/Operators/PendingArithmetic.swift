// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Tensors

package enum ReduceOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum ArgReduceOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum CumulativeSumOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum SoftmaxOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum LayerNormalizationOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum GroupNormalizationOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum LocalResponseNormalizationOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum QuantizeLinearOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum DequantizeLinearOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
