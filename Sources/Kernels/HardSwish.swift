// SPDX-License-Identifier: Apache-2.0

/// scale x clamp(x / 6 + 1/2, 0, 1) + offset. The scale is in the gate and the sum in the last product, so that both take no time:
/// x clamp(slope x + middle, low, high) + offset.
struct HardSwish {
  let slope, middle, low, high, offset: Float

  init(scale: Float, offset: Float) {
    (slope, middle, low, high) = (scale / 6, scale / 2, min(scale, 0), max(scale, 0))
    self.offset = offset
  }
}
