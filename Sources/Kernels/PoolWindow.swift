// SPDX-License-Identifier: Apache-2.0

/// The largest input of every channel under `patch`; -infinity where nothing is covered. NaN is passed over.
package func poolMaximum(_ image: UnsafePointer<Float>, _ patch: PoolPatch, into output: UnsafeMutablePointer<Float>) {
  reduceChannels(image, patch, output, -Float.infinity, 1) { $0.maximum($1) } scalar: { $0 < $1 ? $1 : $0 }
}

/// The mean of every channel under `patch`; 0 where nothing is covered.
package func poolAverage(_ image: UnsafePointer<Float>, _ patch: PoolPatch, into output: UnsafeMutablePointer<Float>) {
  reduceChannels(image, patch, output, 0, 1 / Float(patch.divisor)) { $0 + $1 } scalar: { $0 + $1 }
}

/// Vectors lie along the channels; the sums of two vectors of channels stay in registers while the window is read.
@inline(__always)
private func reduceChannels(_ image: UnsafePointer<Float>, _ patch: PoolPatch, _ output: UnsafeMutablePointer<Float>, _ initial: Float,
  _ factor: Float, _ combine: (Lanes, Lanes) -> Lanes, scalar: (Float, Float) -> Float) {
  let step = patch.width.step &* patch.channels
  var channel = 0
  while channel &+ 2 &* Lanes.count <= patch.channels {
    var first = Lanes(repeating: initial)
    var second = first
    for z in 0..<max(patch.depth.count, 0) {
      for y in 0..<max(patch.height.count, 0) {
        var source = image + (patch.row(z, y) &+ channel)
        for _ in 0..<max(patch.width.count, 0) {
          first = combine(first, Lanes(at: source))
          second = combine(second, Lanes(at: source + Lanes.count))
          source += step
        }
      }
    }
    (first * factor).store(to: output + channel)
    (second * factor).store(to: output + (channel &+ Lanes.count))
    channel &+= 2 &* Lanes.count
  }
  while channel < patch.channels {
    let count = min(Lanes.count, patch.channels &- channel)
    var values = Lanes(repeating: initial)
    var value = initial
    for z in 0..<max(patch.depth.count, 0) {
      for y in 0..<max(patch.height.count, 0) {
        var source = image + (patch.row(z, y) &+ channel)
        for _ in 0..<max(patch.width.count, 0) {
          if count == Lanes.count { values = combine(values, Lanes(at: source)) } else { value = scalar(value, source.pointee) }
          source += step
        }
      }
    }
    if count == Lanes.count {
      (values * factor).store(to: output + channel)
      channel &+= Lanes.count
    } else {
      output[channel] = value * factor
      channel &+= 1
    }
  }
}

/// `poolMaximum`, and where each maximum was found: its position among the image's spatial positions, the first of equal ones;
/// -1 where nothing is covered.
package func poolMaximumIndices(_ image: UnsafePointer<Float>, _ patch: PoolPatch, into output: UnsafeMutablePointer<Float>?,
  indices: UnsafeMutablePointer<Int64>) {
  let channels = max(patch.channels, 1)
  for channel in 0..<max(patch.channels, 0) {
    var best = -Float.infinity
    var found = patch.isEmpty ? -1 : patch.row(0, 0) / channels
    for z in 0..<max(patch.depth.count, 0) {
      for y in 0..<max(patch.height.count, 0) {
        var position = patch.row(z, y)
        for _ in 0..<max(patch.width.count, 0) {
          let value = image[position &+ channel]
          if value > best {
            best = value
            found = position / channels
          }
          position = position &+ patch.width.step &* patch.channels
        }
      }
    }
    if let output { output[channel] = best }
    indices[channel] = Int64(found)
  }
}
