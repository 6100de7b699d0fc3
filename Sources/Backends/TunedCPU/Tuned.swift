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
  /// A packed input, which is there: `kernel` declines nodes whose weights cannot be packed.
  func packed(_ packed: UnsafeRawPointer?) throws(Status) -> UnsafeRawPointer {
    guard let packed else { throw fail(.internal).text("its weights are not packed").status }
    return packed
  }

  /// The caches that the run is blocked for.
  var caches: CacheSizes {
    guard let profile = profile?.pointee else { return CacheSizes(level1: 0, level2: 0) }
    return CacheSizes(level1: profile.level1_bytes, level2: profile.level2_bytes, depth: profile.tile_depth, rows: profile.tile_rows)
  }
}
