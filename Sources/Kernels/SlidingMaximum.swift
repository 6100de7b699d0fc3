// SPDX-License-Identifier: Apache-2.0

/// Maximum pooling by windows that overlap by all but one row and column: a maximum along rows and then one along columns, each of them four
/// neighbours at a time, which share all but three of their inputs.
///
/// As `poolMaximum` does, it passes over NaN, and gives -infinity where there is nothing else.
package struct SlidingMaximum {
  private let height, width: WindowAxis
  private let channels: Int

  /// Nil where the windows are few, small, too large, or slide otherwise.
  package init?(_ window: Window) {
    @inline(__always)
    func suits(_ axis: WindowAxis) -> Bool {
      // Every window covers something, so that what lies outside may be replaced by the outermost that is covered.
      axis.stride == 1 && axis.dilation == 1 && axis.kernel >= 4 && axis.kernel <= SlidingMaximum.kernelLimit && axis.padding < axis.kernel
        && axis.input > 0 && axis.output &- axis.padding <= axis.input
    }
    guard window.depth.input == 1, window.depth.output == 1, suits(window.height), suits(window.width),
      window.channels >= Lanes.count
    else { return nil }
    (height, width, channels) = (window.height, window.width, window.channels)
  }

  private static var kernelLimit: Int { 16 }
  /// Columns and rows of the maxima along rows that are held at once: one vector each, 32 KB with the longest.
  private static var tileColumns: Int { 16 }
  private static var tileRows: Int { 32 }

  /// Output rows `begin` ..< `end` of one image, of which neighbouring positions lie `pitch` floats apart.
  package func rows(_ begin: Int, _ end: Int, _ image: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>, pitch: Int) {
    var memory = InlineArray<512, Lanes>(repeating: Lanes.zero)
    withUnsafeMutableBytes(of: &memory) { bytes in
      guard let held = bytes.baseAddress?.assumingMemoryBound(to: Float.self) else { return }
      let step = SlidingMaximum.tileRows &- height.kernel &+ 1
      var row = begin
      while row < end {
        var column = 0
        while column < width.output {
          eachVector(of: channels) { channel, _ in
            tile(row, min(step, end &- row), column, min(SlidingMaximum.tileColumns, width.output &- column), image + channel, output + channel,
              pitch: pitch, held)
          }
          column = column &+ SlidingMaximum.tileColumns
        }
        row = row &+ step
      }
    }
  }

  /// One vector of channels of `rows` x `columns` positions.
  @inline(__always)
  private func tile(_ firstRow: Int, _ rows: Int, _ firstColumn: Int, _ columns: Int, _ image: UnsafePointer<Float>,
    _ output: UnsafeMutablePointer<Float>, pitch: Int, _ held: UnsafeMutablePointer<Float>) {
    let lineStep = SlidingMaximum.tileColumns &* Lanes.count
    let start = firstRow &- height.padding
    let (first, last) = (max(start, 0), min(start &+ rows &+ height.kernel &- 2, height.input &- 1))
    for line in first...max(first, last) {
      let source = image + line &* width.input &* channels
      let left = firstColumn &- width.padding
      var column = 0
      while column < columns {
        let maxima = fourMaxima(width.kernel) { Lanes(at: source + min(max(left &+ column &+ $0, 0), width.input &- 1) &* channels) }
        let target = held + ((line &- first) &* lineStep &+ column &* Lanes.count)
        maxima.0.store(to: target)
        maxima.1.store(to: target + Lanes.count)
        maxima.2.store(to: target + 2 &* Lanes.count)
        maxima.3.store(to: target + 3 &* Lanes.count)
        column = column &+ 4
      }
    }
    for column in 0..<columns {
      let source = held + column &* Lanes.count
      var row = 0
      while row < rows {
        let maxima = fourMaxima(height.kernel) { Lanes(at: source + (min(max(start &+ row &+ $0, first), last) &- first) &* lineStep) }
        let target = output + ((firstRow &+ row) &* width.output &+ firstColumn &+ column) &* pitch
        let next = width.output &* pitch
        maxima.0.store(to: target)
        if row &+ 1 < rows { maxima.1.store(to: target + next) }
        if row &+ 2 < rows { maxima.2.store(to: target + 2 &* next) }
        if row &+ 3 < rows { maxima.3.store(to: target + 3 &* next) }
        row = row &+ 4
      }
    }
  }

  /// The maxima of `count` (4 or more) vectors from 0, 1, 2 and 3 on.
  @inline(__always)
  private func fourMaxima(_ count: Int, _ load: (Int) -> Lanes) -> (Lanes, Lanes, Lanes, Lanes) {
    let none = Lanes(repeating: -.infinity)
    var shared = none
    for index in 3..<max(count, 4) { shared = shared.maximum(load(index)) }
    let before = none.maximum(load(2))
    let twoBefore = before.maximum(load(1))
    let after = none.maximum(load(count))
    let twoAfter = after.maximum(load(count &+ 1))
    return (
      shared.maximum(twoBefore).maximum(load(0)), shared.maximum(twoBefore).maximum(after), shared.maximum(before).maximum(twoAfter),
      shared.maximum(twoAfter).maximum(load(count &+ 2))
    )
  }
}
