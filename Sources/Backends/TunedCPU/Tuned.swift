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

extension Activation {
  /// The bounds that the activation clamps to, or nil where it does something else.
  var bounds: (low: Float, high: Float)? {
    switch function {
    case .identity: (-.infinity, .infinity)
    case .relu: (0, .infinity)
    case .clip: alpha <= beta ? (alpha, beta) : nil
    default: nil
    }
  }
}

/// Orders of packed weights: a kind in the highest byte, then what the order depends on.
enum PackedLayout {
  /// Panels of a right factor, a set a group: the panel's columns, its lanes, whether the source is transposed.
  static func panels(transposed: Bool) -> UInt64 {
    1 << 56 | UInt64(PanelShape.columns) << 16 | UInt64(PanelShape.lanes) << 8 | (transposed ? 1 : 0)
  }

  /// Panels of 3x3 weights transformed for tiles of `outputs` x `outputs`, a set a product.
  static func winograd(_ outputs: Int) -> UInt64 {
    2 << 56 | UInt64(PanelShape.columns) << 16 | UInt64(PanelShape.lanes) << 8 | UInt64(outputs)
  }
}
