// One operator of a session's plan. SPDX-License-Identifier: Apache-2.0
import CCoracle

/// One operator of the plan; see `Session.node(_:)`.
public struct NodePlan: Sendable {
  /// 0 for the main graph.
  public let subgraph: Int
  /// The node's name in the model.
  public let name: String
  /// Such as "convolution".
  public let operatorName: String
  /// Such as "generic".
  public let backendName: String
  /// Such as "1x1 as GEMM (OpenBLAS)".
  public let kernelName: String
  /// Why this backend and this kernel, in a few words.
  public let reason: String
  /// Working space of this operator.
  public let scratchBytes: UInt64
  /// Whether the result depends on shapes only and is not computed again.
  public let isEvaluatedAtPrepare: Bool

  init(_ plan: coracle_node_plan) {
    subgraph = Int(plan.subgraph)
    name = string(plan.name)
    operatorName = string(plan.operator_name)
    backendName = string(plan.backend_name)
    kernelName = string(plan.kernel_name)
    reason = string(plan.reason)
    scratchBytes = plan.scratch_bytes
    isEvaluatedAtPrepare = plan.evaluated_at_prepare != 0
  }
}
