// SPDX-License-Identifier: Apache-2.0

/// result[c] = sum over k of weights[k] source[offsets[k] + c], for c < channels: how images are sampled, channels innermost.
@inline(__always)
package func weightedSum(_ result: UnsafeMutablePointer<Float>, _ source: UnsafePointer<Float>, channels: Int, count: Int,
  offsets: UnsafePointer<Int>, weights: UnsafePointer<Float>) {
  if channels < Lanes.count {
    for channel in 0..<channels {
      var sum: Float = 0
      for k in 0..<count { sum += source[offsets[k] &+ channel] * weights[k] }
      result[channel] = sum
    }
  } else if count == 4 {
    let (a, b, c, d) = (source + offsets[0], source + offsets[1], source + offsets[2], source + offsets[3])
    let (p, q, r, s) = (weights[0], weights[1], weights[2], weights[3])
    eachVector(of: channels) { channel, width in
      let left = (Lanes(at: a + channel, first: width) * p).multiplyAdd(Lanes(at: b + channel, first: width), q)
      let right = (Lanes(at: c + channel, first: width) * r).multiplyAdd(Lanes(at: d + channel, first: width), s)
      (left + right).store(to: result + channel, first: width)
    }
  } else if count == 2 {
    let (a, b) = (source + offsets[0], source + offsets[1])
    let (p, q) = (weights[0], weights[1])
    eachVector(of: channels) { channel, width in
      let sum = (Lanes(at: a + channel, first: width) * p).multiplyAdd(Lanes(at: b + channel, first: width), q)
      sum.store(to: result + channel, first: width)
    }
  } else {
    eachVector(of: channels) { channel, width in
      var sum = Lanes.zero
      for k in 0..<count { sum = sum.multiplyAdd(Lanes(at: source + (offsets[k] &+ channel), first: width), weights[k]) }
      sum.store(to: result + channel, first: width)
    }
  }
}

/// The same for each of `pixels` pixels that lie `step` floats apart: pixel p by its `taps` offsets and weights from p * taps on. `source` has room
/// for three floats behind the last pixel.
package func weightedPixels(_ result: UnsafeMutablePointer<Float>, step: Int, pixels: Int, _ source: UnsafePointer<Float>, channels: Int, taps: Int,
  offsets: UnsafePointer<Int>, weights: UnsafePointer<Float>) {
  var pixel = 0
  if channels <= 4 && step == channels {
    // Four floats each, of which the next pixel overwrites those that are its own.
    let whole = pixels &- 4 / max(channels, 1)
    while pixel < whole {
      let (offset, weight) = (offsets + pixel &* taps, weights + pixel &* taps)
      var sum = SIMD4(at: source + offset[0]) * weight[0]
      for tap in 1..<max(taps, 1) { sum += SIMD4(at: source + offset[tap]) * weight[tap] }
      sum.store(to: result + pixel &* step)
      pixel = pixel &+ 1
    }
  }
  while pixel < pixels {
    weightedSum(result + pixel &* step, source, channels: channels, count: taps, offsets: offsets + pixel &* taps, weights: weights + pixel &* taps)
    pixel = pixel &+ 1
  }
}
