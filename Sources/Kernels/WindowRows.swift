// SPDX-License-Identifier: Apache-2.0
import Platform

/// Copies part of the windows' inputs, for a run of output positions, into rows `stride` floats apart: the left factor of a
/// convolution's matrix product. Depth `firstDepth` ..< `endDepth` of [depth, height, width taps, channels] is taken; what lies in
/// the padding is 0.
///
/// `channels` channels from `firstChannel` on belong to the product.
package func gatherWindowRows(_ input: UnsafePointer<Float>, _ window: Window, first: Int, count: Int, firstChannel: Int, channels: Int,
  firstDepth: Int, endDepth: Int, into target: UnsafeMutablePointer<Float>, stride: Int) {
  guard count > 0, window.width.output > 0, channels > 0, window.width.kernel > 0, window.height.kernel > 0 else { return }
  let line = WindowLine(width: window.width, channels: channels, pitch: window.pitch)
  var row = WindowRow(first / window.width.output, of: window)
  var column = first % window.width.output
  var target = target
  var left = count
  while left > 0 {
    // The positions of one row take the same lines of the input.
    let columns = min(left, window.width.output &- column)
    let depthStart = window.depth.start(row.depth)
    let heightStart = window.height.start(row.height)
    var cursor = target
    var index = firstDepth / line.floats
    var (plane, height) = (index / window.height.kernel, index % window.height.kernel)
    while index &* line.floats < endDepth {
      let begin = max(firstDepth &- index &* line.floats, 0)
      let end = min(endDepth &- index &* line.floats, line.floats)
      let z = depthStart &+ plane &* window.depth.dilation
      let y = heightStart &+ height &* window.height.dilation
      if z < 0 || z >= window.depth.input || y < 0 || y >= window.height.input {
        for position in 0..<columns { fillZeros(cursor + position &* stride, end &- begin) }
      } else {
        let start = ((row.image &* window.depth.input &+ z) &* window.height.input &+ y) &* window.width.input
        line.copy(begin, end, columns: column, columns, input + (start &* window.pitch &+ firstChannel), into: cursor, stride: stride)
      }
      cursor += end &- begin
      index &+= 1
      height &+= 1
      if height == window.height.kernel { (plane, height) = (plane &+ 1, 0) }
    }
    target += columns &* stride
    left &-= columns
    column = 0
    row.advance(in: window)
  }
}

/// Copies `count` lines of picture `image`, from line `first` on, to lines `stride` floats apart: of each position `channels` channels, those at `input` for
/// the first one, and as many positions as windows along the width lie on. What lies in the padding is 0. No window has several planes.
@_optimize(speed) // See `WindowLine.copy`.
package func copyLines(_ input: UnsafePointer<Float>, _ window: Window, image: Int, first: Int, count: Int, channels: Int,
  into target: UnsafeMutablePointer<Float>, stride: Int) {
  guard window.width.output > 0, channels > 0 else { return }
  let reached = window.width.lines(of: window.width.output) &- window.width.padding
  let (before, end) = (min(window.width.padding, reached &+ window.width.padding), max(min(reached, window.width.input), 0))
  var line = target
  for y in first..<(first &+ count) {
    if y < 0 || y >= window.height.input {
      fillZeros(line, stride)
    } else {
      let source = input + (image &* window.height.input &+ y) &* window.width.input &* window.pitch
      fillZeros(line, before &* channels)
      if channels == window.pitch {
        copyFloats(source, line + before &* channels, end &* channels)
      } else {
        for column in 0..<end {
          // Ahead of the loads: one waits for the stores before it that lie where it does in their page, and these wait for their floats.
          platform_prefetch(source + (column &+ 12) &* window.pitch)
          copyFloats(source + column &* window.pitch, line + (before &+ column) &* channels, channels)
        }
      }
      fillZeros(line + (before &+ end) &* channels, (reached &- end) &* channels)
    }
    line += stride
  }
}

/// What the taps along the width take of a line of the input: `channels` floats a tap, where the line has `pitch` a position.
private struct WindowLine {
  let width: WindowAxis
  let channels, pitch: Int
  /// Floats of all taps.
  let floats: Int
  /// Whether the taps follow each other in the input.
  let isContiguous: Bool

  init(width: WindowAxis, channels: Int, pitch: Int) {
    (self.width, self.channels, self.pitch) = (width, channels, pitch)
    floats = width.kernel &* channels
    isContiguous = channels == pitch && width.dilation == 1
  }

  /// Floats `begin` ..< `end` of `count` positions from `first` on, into rows `stride` floats apart; `input` is the line's beginning.
  @_optimize(speed) // A grouped convolution spends as much time here as in its products.
  func copy(_ begin: Int, _ end: Int, columns first: Int, _ count: Int, _ input: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, stride: Int) {
    let reach = width.reach
    // Runs that follow each other in a row, and lie `step` floats apart in the input.
    let (runs, length) = isContiguous ? (1, end &- begin) : (width.kernel, channels)
    let isWhole = isContiguous || (begin == 0 && end == floats)
    let step = width.dilation &* pitch
    var row = target
    for column in first..<(first &+ count) {
      let start = width.start(column)
      if isWhole, start >= 0, start &+ reach < width.input {
        var source = input + (start &* pitch &+ begin)
        var run = row
        for _ in 0..<runs {
          copyFloats(source, run, length)
          source += step
          run += length
        }
      } else {
        copyPart(begin, end, start, input, into: row)
      }
      row += stride
    }
  }

  /// The same for one position, whose window begins at `start` of the line, where taps may lie outside or only in part within `begin` ..< `end`.
  @inline(never)
  private func copyPart(_ begin: Int, _ end: Int, _ start: Int, _ input: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>) {
    let firstTap = width.firstTap(start)
    let endTap = width.endTap(start)
    var position = begin
    while position < end {
      let tap = position / channels
      let channel = position % channels
      let run = min(channels &- channel, end &- position)
      if tap >= firstTap, tap < endTap {
        copyFloats(input + ((start &+ tap &* width.dilation) &* pitch &+ channel), target + (position &- begin), run)
      } else {
        fillZeros(target + (position &- begin), run)
      }
      position &+= run
    }
  }
}

/// Copies `count` floats between places that do not overlap, the last vector over the one before it.
@inline(__always)
func copyFloats(_ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ count: Int) {
  if count >= Lanes.count {
    var index = 0
    while index &+ Lanes.count <= count {
      Lanes(at: source + index).store(to: target + index)
      index &+= Lanes.count
    }
    if index < count { Lanes(at: source + (count &- Lanes.count)).store(to: target + (count &- Lanes.count)) }
    return
  }
  if Lanes.count > 4, count >= 4 {
    var index = 0
    while index &+ 4 <= count {
      SIMD4<Float>(at: source + index).store(to: target + index)
      index &+= 4
    }
    if index < count { SIMD4<Float>(at: source + (count &- 4)).store(to: target + (count &- 4)) }
    return
  }
  var index = 0
  while index < count {
    target[index] = source[index]
    index &+= 1
  }
}

@inline(__always)
func fillZeros(_ target: UnsafeMutablePointer<Float>, _ count: Int) {
  if count > 0 { platform_fill(target, 0, count &* 4) }
}
