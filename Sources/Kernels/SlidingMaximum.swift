// SPDX-License-Identifier: Apache-2.0

/// Maximum pooling by windows that overlap by all but one row and column: a maximum along rows and then one along columns, each of them four
/// neighbours at a time, which share all but three of their inputs.
///
/// As `poolMaximum` does, it passes over NaN, and gives -infinity where there is nothing else.
package struct SlidingMaximum {
  private let height, width: WindowAxis
  private let channels: Int

  /// Nil where windows slide otherwise, or are so small that their inputs are as soon compared one by one, or too large.
  package init?(_ window: Window) {
    @inline(__always)
    func suits(_ axis: WindowAxis) -> Bool {
      // Every window covers something, so that what lies outside may be replaced by the outermost that is covered.
      axis.stride == 1 && axis.dilation == 1 && axis.kernel >= 6 && axis.kernel <= SlidingMaximum.kernelLimit && axis.padding < axis.kernel
        && axis.input > 0 && axis.output &- axis.padding <= axis.input
    }
    guard hasWideVectors, window.depth.input == 1, window.depth.output == 1, suits(window.height), suits(window.width),
      window.channels >= Lanes.count
    else { return nil }
    (height, width, channels) = (window.height, window.width, window.channels)
  }

  private static var kernelLimit: Int { 16 }
  /// Columns and rows of the maxima along rows that are held at once: one vector each, 32 KB with the longest.
  private static var tileColumns: Int { 16 }
  private static var tileRows: Int { 32 }

  /// Output rows `begin` ..< `end` of one image, of which neighbouring positions lie `pitch` floats apart.
  @_optimize(speed)
  package func rows(_ begin: Int, _ end: Int, _ image: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>, pitch: Int) {
    var memory = InlineArray<512, Lanes>(repeating: Lanes.zero)
    var places = InlineArray<96, Int>(repeating: 0)
    withUnsafeMutableBytes(of: &memory) { held in
      withUnsafeMutableBytes(of: &places) { places in
        guard let held = held.baseAddress?.assumingMemoryBound(to: Float.self), let places = places.baseAddress?.assumingMemoryBound(to: Int.self)
        else { return }
        let step = SlidingMaximum.tileRows &- height.kernel &+ 1
        var row = begin
        while row < end {
          var column = 0
          while column < width.output {
            let tile = Tile(self, rows: (row, min(step, end &- row)), columns: (column, min(SlidingMaximum.tileColumns, width.output &- column)),
              pitch: pitch, held: held, places: places)
            var channel = 0
            while channel < channels {
              // The last vector overlaps the one before it.
              let first = min(channel, channels &- Lanes.count)
              tile.compute(image + first, into: output + first)
              channel = channel &+ Lanes.count
            }
            column = column &+ SlidingMaximum.tileColumns
          }
          row = row &+ step
        }
      }
    }
  }

  /// Some positions of the result.
  private struct Tile {
    let rows, columns, rowKernel, columnKernel: Int
    /// Lines of the input under it, and floats between them.
    let firstLine, lines, lineStep: Int
    /// Floats to its first position of the result, and between lines of that and positions of a line.
    let target, targetLine, pitch: Int
    let held: UnsafeMutablePointer<Float>
    /// Where inputs lie in a line of the image, then where maxima of lines do in `held`; those outside are replaced by the outermost.
    let columnPlaces, rowPlaces: UnsafeMutablePointer<Int>

    init(_ whole: SlidingMaximum, rows: (Int, Int), columns: (Int, Int), pitch: Int, held: UnsafeMutablePointer<Float>, places: UnsafeMutablePointer<Int>) {
      let (height, width) = (whole.height, whole.width)
      (self.rows, self.columns, rowKernel, columnKernel) = (rows.1, columns.1, height.kernel, width.kernel)
      let (top, left) = (rows.0 &- height.padding, columns.0 &- width.padding)
      firstLine = max(top, 0)
      lines = min(top &+ rows.1 &+ height.kernel &- 1, height.input) &- firstLine
      lineStep = width.input &* whole.channels
      (targetLine, self.pitch, self.held) = (width.output &* pitch, pitch, held)
      target = rows.0 &* targetLine &+ columns.0 &* pitch
      (columnPlaces, rowPlaces) = (places, places + 48)
      for index in 0..<48 {
        columnPlaces[index] = min(max(left &+ index, 0), width.input &- 1) &* whole.channels
        rowPlaces[index] = min(max(top &+ index &- firstLine, 0), lines &- 1) &* SlidingMaximum.tileColumns &* Lanes.count
      }
    }

    /// One vector of channels.
    @inline(__always)
    func compute(_ image: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>) {
      var (source, maxima) = (image + firstLine &* lineStep, held)
      for _ in 0..<max(lines, 0) {
        var column = 0
        while column < columns {
          let places = columnPlaces + column
          SlidingMaximum.fourMaxima(columnKernel, of: columns &- column, to: maxima + column &* Lanes.count, step: Lanes.count) {
            Lanes(at: source + places[$0])
          }
          column = column &+ 4
        }
        source += lineStep
        maxima += SlidingMaximum.tileColumns &* Lanes.count
      }
      for column in 0..<columns {
        let source = held + column &* Lanes.count
        let result = output + (target &+ column &* pitch)
        var row = 0
        while row < rows {
          let places = rowPlaces + row
          SlidingMaximum.fourMaxima(rowKernel, of: rows &- row, to: result + row &* targetLine, step: targetLine) { Lanes(at: source + places[$0]) }
          row = row &+ 4
        }
      }
    }
  }

  /// The maxima of `kernel` (4 or more) vectors from 0, 1, 2 and 3 on, of which those below `count` are stored `step` floats apart.
  @inline(__always)
  private static func fourMaxima(_ kernel: Int, of count: Int, to target: UnsafeMutablePointer<Float>, step: Int, _ load: (Int) -> Lanes) {
    let none = Lanes(repeating: -.infinity)
    var shared = none
    for index in 3..<max(kernel, 4) { shared = shared.maximum(load(index)) }
    let before = none.maximum(load(2))
    let twoBefore = before.maximum(load(1))
    let after = none.maximum(load(kernel))
    let twoAfter = after.maximum(load(kernel &+ 1))
    shared.maximum(twoBefore).maximum(load(0)).store(to: target)
    if count > 1 { shared.maximum(twoBefore).maximum(after).store(to: target + step) }
    if count > 2 { shared.maximum(before).maximum(twoAfter).store(to: target + 2 &* step) }
    if count > 3 { shared.maximum(twoAfter).maximum(load(kernel &+ 2)).store(to: target + 3 &* step) }
  }
}
