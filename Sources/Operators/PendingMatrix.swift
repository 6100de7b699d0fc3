// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Tensors

package enum ConvolutionTransposeOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum PoolOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum AttentionOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
package enum RecurrentOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { throw node.fail(.unsupported).text("pending").status }
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) { throw node.fail(.unsupported).text("pending").status }
}
