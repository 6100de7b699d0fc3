// SPDX-License-Identifier: Apache-2.0

/// result[c] = sum over k of weights[k] source[offsets[k] + c], for c < channels: how images are sampled, channels innermost.
@inline(__always)
package func weightedSum(_ result: UnsafeMutablePointer<Float>, _ source: UnsafePointer<Float>, channels: Int, count: Int,
  offsets: UnsafePointer<Int>, weights: UnsafePointer<Float>) {
  var channel = 0
  if count == 4 {
    let (a, b, c, d) = (source + offsets[0], source + offsets[1], source + offsets[2], source + offsets[3])
    let (p, q, r, s) = (weights[0], weights[1], weights[2], weights[3])
    while channel &+ Lanes.count <= channels {
      let left = Lanes(at: a + channel) * p + Lanes(at: b + channel) * q
      let right = Lanes(at: c + channel) * r + Lanes(at: d + channel) * s
      (left + right).store(to: result + channel)
      channel = channel &+ Lanes.count
    }
    while channel < channels {
      result[channel] = a[channel] * p + b[channel] * q + (c[channel] * r + d[channel] * s)
      channel = channel &+ 1
    }
    return
  }
  if count == 2 {
    let (a, b) = (source + offsets[0], source + offsets[1])
    let (p, q) = (weights[0], weights[1])
    while channel &+ Lanes.count <= channels {
      (Lanes(at: a + channel) * p + Lanes(at: b + channel) * q).store(to: result + channel)
      channel = channel &+ Lanes.count
    }
    while channel < channels {
      result[channel] = a[channel] * p + b[channel] * q
      channel = channel &+ 1
    }
    return
  }
  while channel &+ Lanes.count <= channels {
    var sum = Lanes.zero
    for k in 0..<count { sum += Lanes(at: source + (offsets[k] &+ channel)) * weights[k] }
    sum.store(to: result + channel)
    channel = channel &+ Lanes.count
  }
  while channel < channels {
    var sum: Float = 0
    for k in 0..<count { sum += source[offsets[k] &+ channel] * weights[k] }
    result[channel] = sum
    channel = channel &+ 1
  }
}
