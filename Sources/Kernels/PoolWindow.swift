// SPDX-License-Identifier: Apache-2.0

/// The largest input of every channel under `patch`; -infinity where nothing is covered. NaN is passed over.
package func poolMaximum(_ image: UnsafePointer<Float>, _ patch: PoolPatch, into output: UnsafeMutablePointer<Float>) {
  reduceChannels(image, patch, output, -Float.infinity) { $0.maximum($1) } finish: { $0 }
}

/// The mean of every channel under `patch`; 0 where nothing is covered. One chain of additions a channel, row by row.
package func poolAverage(_ image: UnsafePointer<Float>, _ patch: PoolPatch, into output: UnsafeMutablePointer<Float>) {
  let factor = 1 / Float(patch.divisor)
  if patch.height.count &* patch.width.count <= 16 {
    reduceChannels(image, patch, output, 0) { $0 + $1 } finish: { $0 * factor }
    return
  }
  // Large windows, mostly whole images: inputs as they lie, each row joined to sums that stay in the cache.
  let step = patch.width.step &* patch.channels
  let joined = patch.height.step == 1 && patch.width.count &* step == patch.rowStride
  output.update(repeating: 0, count: patch.channels)
  for z in 0..<max(patch.depth.count, 0) {
    for y in 0..<(joined ? 1 : max(patch.height.count, 0)) {
      let rows = max(patch.width.count, 0) &* (joined ? max(patch.height.count, 0) : 1)
      FloatReductionKind.sum.columns(image + patch.row(z, y), rows: rows, stride: step, columns: patch.channels, shift: nil, into: output)
    }
  }
  scaleFloats(output, count: patch.channels, by: factor)
}

/// Vectors lie along the channels; the usual windows of 3 x 3 and 2 x 2 are written out.
@inline(__always)
private func reduceChannels(
  _ image: UnsafePointer<Float>, _ patch: PoolPatch, _ output: UnsafeMutablePointer<Float>, _ initial: Float,
  _ combine: (Lanes, Lanes) -> Lanes, finish: (Lanes) -> Lanes
) {
  let step = patch.width.step &* patch.channels
  let start = Lanes(repeating: initial)
  let (planes, rows, columns) = (max(patch.depth.count, 0), max(patch.height.count, 0), max(patch.width.count, 0))
  if planes == 1 && rows == 3 && columns == 3 {
    let (a, b, c) = (image + patch.row(0, 0), image + patch.row(0, 1), image + patch.row(0, 2))
    eachVector(of: patch.channels) { channel, width in
      @inline(__always)
      func join3(_ value: Lanes, _ row: UnsafePointer<Float>) -> Lanes {
        let first = combine(value, Lanes(at: row + channel, first: width))
        let second = combine(first, Lanes(at: row + (step &+ channel), first: width))
        return combine(second, Lanes(at: row + (2 &* step &+ channel), first: width))
      }
      finish(join3(join3(join3(start, a), b), c)).store(to: output + channel, first: width)
    }
  } else if planes == 1 && rows == 2 && columns == 2 {
    let (a, b) = (image + patch.row(0, 0), image + patch.row(0, 1))
    eachVector(of: patch.channels) { channel, width in
      let first = combine(combine(start, Lanes(at: a + channel, first: width)), Lanes(at: a + (step &+ channel), first: width))
      let second = combine(combine(first, Lanes(at: b + channel, first: width)), Lanes(at: b + (step &+ channel), first: width))
      finish(second).store(to: output + channel, first: width)
    }
  } else {
    // The edges and other windows: four vectors at once, where there are, because each waits for its last input.
    var first = 0
    while first &+ 4 &* Lanes.count <= patch.channels {
      var (a, b, c, d) = (start, start, start, start)
      eachInput(patch) { offset in
        let source = image + (offset &+ first)
        a = combine(a, Lanes(at: source))
        b = combine(b, Lanes(at: source + Lanes.count))
        c = combine(c, Lanes(at: source + 2 &* Lanes.count))
        d = combine(d, Lanes(at: source + 3 &* Lanes.count))
      }
      let target = output + first
      finish(a).store(to: target)
      finish(b).store(to: target + Lanes.count)
      finish(c).store(to: target + 2 &* Lanes.count)
      finish(d).store(to: target + 3 &* Lanes.count)
      first = first &+ 4 &* Lanes.count
    }
    eachVector(of: patch.channels &- first) { channel, width in
      var value = start
      eachInput(patch) { offset in value = combine(value, Lanes(at: image + (offset &+ first &+ channel), first: width)) }
      finish(value).store(to: output + (first &+ channel), first: width)
    }
  }
}

/// Calls `body` with the offset of every input position that is covered.
@inline(__always)
private func eachInput(_ patch: PoolPatch, _ body: (Int) -> Void) {
  let step = patch.width.step &* patch.channels
  for z in 0..<max(patch.depth.count, 0) {
    for y in 0..<max(patch.height.count, 0) {
      var offset = patch.row(z, y)
      for _ in 0..<max(patch.width.count, 0) {
        body(offset)
        offset = offset &+ step
      }
    }
  }
}

/// `poolMaximum`, and where each maximum was found: its position among the image's spatial positions, of which there are at most 2^31, the first of
/// equal ones; -1 where nothing is covered.
package func poolMaximumIndices(_ image: UnsafePointer<Float>, _ patch: PoolPatch, into output: UnsafeMutablePointer<Float>?,
  indices: UnsafeMutablePointer<Int64>) {
  let channels = max(patch.channels, 1)
  let (planes, rows, columns) = (max(patch.depth.count, 0), max(patch.height.count, 0), max(patch.width.count, 0))
  eachPart(of: patch.channels) { channel, width in
    var best = Lanes(repeating: -.infinity)
    var found = LaneBits(repeating: patch.isEmpty ? -1 : Int32(truncatingIfNeeded: patch.row(0, 0) / channels))
    for z in 0..<planes {
      for y in 0..<rows {
        let row = patch.row(z, y)
        var place = LaneBits(repeating: Int32(truncatingIfNeeded: row / channels))
        var source = image + (row &+ channel)
        for _ in 0..<columns {
          let value = Lanes(at: source, first: width)
          let isBetter = value .> best
          best.replace(with: value, where: isBetter)
          found = Lanes(bits: found).replacing(with: Lanes(bits: place), where: isBetter).bits
          place = place &+ LaneBits(repeating: Int32(truncatingIfNeeded: patch.width.step))
          source += patch.width.step &* patch.channels
        }
      }
    }
    if let output { best.store(to: output + channel, first: width) }
    for lane in 0..<width { indices[channel &+ lane] = Int64(found[lane]) }
  }
}
