// SPDX-License-Identifier: Apache-2.0
import CCoracle
import Kernels
import ModelFile
import Operators
import Tensors

/// An operator with an implementation of its own here; its shape rule is the portable one's.
protocol TunedOperator: Operator {
  associatedtype Portable: Operator
}

extension TunedOperator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference { try Portable.infer(node) }
}

extension NodeView {
  /// The caches that the run is blocked for.
  var caches: CacheSizes { CacheSizes(level1: profile?.pointee.level1_bytes ?? 0, level2: profile?.pointee.level2_bytes ?? 0) }
}
