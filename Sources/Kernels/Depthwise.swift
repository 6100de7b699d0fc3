// SPDX-License-Identifier: Apache-2.0

/// Outputs `firstColumn` ..< `endColumn` of a row of a depthwise convolution: every channel with its own window.
///
/// Input [batch, depth, height, width, channels], weights [taps, channels]; writes [columns, channels] to `output`.
/// Vectors lie along the channels, so the taps of a window are the only loop that carries sums.
package func depthwiseRow(_ input: UnsafePointer<Float>, _ weights: UnsafePointer<Float>, _ window: Window, _ row: WindowRow,
  firstColumn: Int, endColumn: Int, into output: UnsafeMutablePointer<Float>) {
  let channels = window.channels
  let z = window.depth.start(row.depth)
  let y = window.height.start(row.height)
  let firstZ = window.depth.firstTap(z)
  let endZ = window.depth.endTap(z)
  let firstY = window.height.firstTap(y)
  let endY = window.height.endTap(y)
  let xStep = window.width.dilation &* channels
  var target = output
  var column = firstColumn
  while column < endColumn {
    let x = window.width.start(column)
    let firstX = window.width.firstTap(x)
    let endX = window.width.endTap(x)
    var channel = 0
    while channel < channels {
      // 16 channels keep four 128-bit sums busy.
      let wide = channels &- channel >= 16
      let narrow = channels &- channel >= 4
      var sum0 = SIMD8<Float>(repeating: 0)
      var sum1 = SIMD8<Float>(repeating: 0)
      var sum4 = SIMD4<Float>(repeating: 0)
      var sum: Float = 0
      for zTap in firstZ..<endZ {
        let plane = row.image &* window.depth.input &+ (z &+ zTap &* window.depth.dilation)
        for yTap in firstY..<endY {
          let line = plane &* window.height.input &+ (y &+ yTap &* window.height.dilation)
          var source = input + ((line &* window.width.input &+ x) &* channels &+ firstX &* xStep &+ channel)
          var weight = weights + (((zTap &* window.height.kernel &+ yTap) &* window.width.kernel &+ firstX) &* channels &+ channel)
          if wide {
            for _ in firstX..<endX {
              sum0 += source.lanes8(0) * weight.lanes8(0)
              sum1 += source.lanes8(8) * weight.lanes8(8)
              source += xStep
              weight += channels
            }
          } else if narrow {
            for _ in firstX..<endX {
              sum4 += source.lanes4(0) * weight.lanes4(0)
              source += xStep
              weight += channels
            }
          } else {
            for _ in firstX..<endX {
              sum += source.pointee * weight.pointee
              source += xStep
              weight += channels
            }
          }
        }
      }
      if wide {
        target.store8(sum0, channel)
        target.store8(sum1, channel &+ 8)
        channel &+= 16
      } else if narrow {
        target.store4(sum4, channel)
        channel &+= 4
      } else {
        target[channel] = sum
        channel &+= 1
      }
    }
    target += channels
    column &+= 1
  }
}
