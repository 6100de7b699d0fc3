// SPDX-License-Identifier: Apache-2.0

/// Neighbouring channels that are computed together: one or two vectors.
///
/// The last block of a tensor reaches back over channels of the one before it instead of past the end: these are computed twice, to the
/// same values, and no vector is loaded or stored in part.
struct DepthwiseBlock {
  /// The first channel.
  let channel: Int
  let vectors: Int

  /// The block after `packed` channels of packed weights, where `packed` < `channels` and `channels` >= `Lanes.count`.
  @inline(always)
  init(after packed: Int, of channels: Int) {
    let rest = channels &- packed
    let isPair = rest > Lanes.count && channels >= 2 &* Lanes.count
    vectors = isPair ? 2 : 1
    channel = min(packed, channels &- (isPair ? 2 &* Lanes.count : Lanes.count))
  }
}

/// Floats of the packed weights of a depthwise convolution.
package func depthwisePackedFloats(taps: Int, channels: Int) -> Int {
  if channels < Lanes.count { return taps &* channels }
  return ((channels &+ Lanes.count &- 1) / Lanes.count &* taps &+ 2) &* Lanes.count
}

/// Packs weights [taps, channels] as `DepthwiseProduct` reads them: by blocks of channels, [blocks, taps, a block's channels], and
/// two vectors of zeros, which stand for padding.
///
/// Fewer channels than a vector stay as they are. Writes `depthwisePackedFloats` floats to `packed`.
package func packDepthwise(_ weights: UnsafePointer<Float>, taps: Int, channels: Int, into packed: UnsafeMutablePointer<Float>) {
  var target = packed
  if channels < Lanes.count {
    target.update(from: weights, count: taps &* channels)
    return
  }
  var done = 0
  while done < channels {
    let block = DepthwiseBlock(after: done, of: channels)
    let width = block.vectors &* Lanes.count
    for tap in 0..<taps {
      target.update(from: weights + (tap &* channels &+ block.channel), count: width)
      target += width
    }
    done = done &+ width
  }
  target.update(repeating: 0, count: 2 &* Lanes.count)
}
