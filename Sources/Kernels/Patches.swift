// SPDX-License-Identifier: Apache-2.0
import Platform

/// Writes the inputs under `count` windows, from output position `first` on, as rows [depth, height, width taps, channels]:
/// the left factor of a convolution's matrix product, for a tile of positions that stays in the cache.
///
/// `channels` channels from `firstChannel` on are taken; what lies in the padding is 0.
package func gatherPatches(_ input: UnsafePointer<Float>, _ window: Window, first: Int, count: Int, firstChannel: Int, channels: Int,
  into patches: UnsafeMutablePointer<Float>) {
  guard count > 0, window.width.output > 0 else { return }
  var row = WindowRow(first / window.width.output, of: window)
  var column = first % window.width.output
  let contiguous = channels == window.channels && window.width.dilation == 1
  let rowFloats = window.width.kernel &* channels
  var target = patches
  for _ in 0..<count {
    let depthStart = window.depth.start(row.depth)
    let heightStart = window.height.start(row.height)
    let widthStart = window.width.start(column)
    let firstTap = window.width.firstTap(widthStart)
    let endTap = window.width.endTap(widthStart)
    for depthTap in 0..<window.depth.kernel {
      let z = depthStart &+ depthTap &* window.depth.dilation
      let plane = row.image &* window.depth.input &+ z
      for heightTap in 0..<window.height.kernel {
        let y = heightStart &+ heightTap &* window.height.dilation
        let inside = z >= 0 && z < window.depth.input && y >= 0 && y < window.height.input
        if !inside || firstTap >= endTap {
          platform_fill(target, 0, rowFloats &* 4)
        } else {
          let line = (plane &* window.height.input &+ y) &* window.width.input &+ widthStart
          if firstTap > 0 { platform_fill(target, 0, firstTap &* channels &* 4) }
          if contiguous {
            copyFloats(input + (line &+ firstTap) &* channels, target + firstTap &* channels, (endTap &- firstTap) &* channels)
          } else {
            for tap in firstTap..<endTap {
              let position = (line &+ tap &* window.width.dilation) &* window.channels &+ firstChannel
              copyFloats(input + position, target + tap &* channels, channels)
            }
          }
          if endTap < window.width.kernel { platform_fill(target + endTap &* channels, 0, (window.width.kernel &- endTap) &* channels &* 4) }
        }
        target += rowFloats
      }
    }
    column &+= 1
    if column == window.width.output {
      column = 0
      row.advance(in: window)
    }
  }
}
