// SPDX-License-Identifier: Apache-2.0
import ModelFile

/// scale x clamp(x / 6 + 1/2, 0, 1) + offset. The scale is in the gate and the sum in the last product, so that both take no time:
/// x clamp(slope x + middle, low, high) + offset.
struct HardSwish {
  let slope, middle, low, high, offset: Float

  init(scale: Float, offset: Float) {
    (slope, middle, low, high) = (scale / 6, scale / 2, min(scale, 0), max(scale, 0))
    self.offset = offset
  }

  /// nil where the activation is another function.
  init?(_ activation: Activation) {
    switch activation.function {
    case .hardSwish: self.init(scale: 1, offset: 0)
    case .scaledHardSwish: self.init(scale: activation.alpha, offset: activation.beta)
    default: return nil
    }
  }
}
