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
  // A line is what the taps along the width take: contiguous in the input where no channel or column is skipped.
  let line = window.width.kernel &* channels
  let isContiguous = channels == window.pitch && window.width.dilation == 1
  let firstLine = firstDepth / line
  let endLine = (endDepth &+ line &- 1) / line
  var row = WindowRow(first / window.width.output, of: window)
  var column = first % window.width.output
  var rowTarget = target
  for _ in 0..<count {
    let depthStart = window.depth.start(row.depth)
    let heightStart = window.height.start(row.height)
    let widthStart = window.width.start(column)
    let firstTap = window.width.firstTap(widthStart)
    let endTap = window.width.endTap(widthStart)
    var cursor = rowTarget
    for index in firstLine..<endLine {
      let begin = max(firstDepth &- index &* line, 0)
      let end = min(endDepth &- index &* line, line)
      let z = depthStart &+ index / window.height.kernel &* window.depth.dilation
      let y = heightStart &+ index % window.height.kernel &* window.height.dilation
      if z < 0 || z >= window.depth.input || y < 0 || y >= window.height.input || firstTap >= endTap {
        fillZeros(cursor, end &- begin)
        cursor += end &- begin
        continue
      }
      let start = ((row.image &* window.depth.input &+ z) &* window.height.input &+ y) &* window.width.input &+ widthStart
      if isContiguous {
        // Taps outside are zeros on both sides of one copy.
        let from = min(max(firstTap &* channels, begin), end)
        let to = max(min(endTap &* channels, end), from)
        fillZeros(cursor, from &- begin)
        copyFloats(input + (start &* channels &+ from), cursor + (from &- begin), to &- from)
        fillZeros(cursor + (to &- begin), end &- to)
        cursor += end &- begin
        continue
      }
      var position = begin
      while position < end {
        let tap = position / channels
        let channel = position % channels
        let run = min(channels &- channel, end &- position)
        if tap >= firstTap && tap < endTap {
          let source = (start &+ tap &* window.width.dilation) &* window.pitch &+ firstChannel &+ channel
          copyFloats(input + source, cursor, run)
        } else {
          fillZeros(cursor, run)
        }
        cursor += run
        position &+= run
      }
    }
    rowTarget += stride
    column &+= 1
    if column == window.width.output {
      column = 0
      row.advance(in: window)
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
