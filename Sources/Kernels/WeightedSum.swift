// SPDX-License-Identifier: Apache-2.0

/// result[c] = sum over k of weights[k] source[offsets[k] + c], for c < channels: how images are sampled, channels innermost.
@inline(__always)
package func weightedSum(_ result: UnsafeMutablePointer<Float>, _ source: UnsafePointer<Float>, channels: Int, count: Int,
  offsets: UnsafePointer<Int>, weights: UnsafePointer<Float>) {
  var channel = 0
  if count == 4 {
    let (a, b, c, d) = (source + offsets[0], source + offsets[1], source + offsets[2], source + offsets[3])
    let (p, q, r, s) = (weights[0], weights[1], weights[2], weights[3])
    while channel &+ 8 <= channels {
      store(load(a + channel) * p + load(b + channel) * q + (load(c + channel) * r + load(d + channel) * s), result + channel)
      channel = channel &+ 8
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
    while channel &+ 8 <= channels {
      store(load(a + channel) * p + load(b + channel) * q, result + channel)
      channel = channel &+ 8
    }
    while channel < channels {
      result[channel] = a[channel] * p + b[channel] * q
      channel = channel &+ 1
    }
    return
  }
  while channel &+ 8 <= channels {
    var sum = SIMD8<Float>(repeating: 0)
    for k in 0..<count { sum += load(source + (offsets[k] &+ channel)) * weights[k] }
    store(sum, result + channel)
    channel = channel &+ 8
  }
  while channel < channels {
    var sum: Float = 0
    for k in 0..<count { sum += source[offsets[k] &+ channel] * weights[k] }
    result[channel] = sum
    channel = channel &+ 1
  }
}

@inline(__always)
private func load(_ from: UnsafePointer<Float>) -> SIMD8<Float> { UnsafeRawPointer(from).loadUnaligned(as: SIMD8<Float>.self) }

@inline(__always)
private func store(_ values: SIMD8<Float>, _ to: UnsafeMutablePointer<Float>) {
  UnsafeMutableRawPointer(to).storeBytes(of: values, as: SIMD8<Float>.self)
}
