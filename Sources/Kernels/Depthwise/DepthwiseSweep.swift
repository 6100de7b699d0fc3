// SPDX-License-Identifier: Apache-2.0
import Platform

/// Some rows of windows of stride 1 from left to right, a vector of channels after the other: an input is loaded once for all windows of all rows that it
/// lies in, and the weights once for all.
///
/// The sums of as many columns as the kernel is wide stay in registers, and with them its weights as far as they fit: 4 rows of 3 x 3
/// take 12 + 9 registers, 2 rows of 5 x 5 take 10 + 13, and the other 12 weights come from the cache.
struct DepthwiseSweep {
  /// The first channel under tap 0 of the first row's first window, which may lie outside of the input, its weights and its first output.
  let input, weights: UnsafePointer<Float>
  let output: UnsafeMutablePointer<Float>
  /// Nil for zeros.
  let bias: UnsafePointer<Float>?
  let end: DepthwiseEnd
  /// Channels: those of one vector, or of blocks of two.
  let channels: Int
  /// Floats from a line under the windows to the next, from a column to the next, and from a row of the output to the next.
  let lineStep, columnStep, outputRowStep: Int
  /// A bit a line under the windows, from the first on: whether it lies in the input.
  let lines: Int
  /// The input column under tap 0 of the first window, and from there on every `dilation`-th of `width`.
  let column, dilation, width: Int
  /// Columns of the output: at least one.
  let columns: Int

  /// Windows of three columns.
  @inline(never) @_optimize(speed)
  func three<Extents: SweepExtents>(_: Extents.Type) {
    var channel = 0
    while channel < channels {
      var place = SweepPlace(self, channel, taps: 3)
      let weights = weights(channel, Extents.self)
      var (a, b, c) = (SweepColumn<Extents>(place.bias), SweepColumn<Extents>(place.bias), SweepColumn<Extents>(place.bias))
      // A step ends the sums of one column, in whose registers the next but two begins.
      while true {
        step(&place, weights, &a, &b, &c)
        if place.isLast(storing: a, end) { break }
        step(&place, weights, &b, &c, &a)
        if place.isLast(storing: b, end) { break }
        step(&place, weights, &c, &a, &b)
        if place.isLast(storing: c, end) { break }
      }
      channel = channel &+ Lanes.count
    }
  }

  /// Windows of five columns.
  @inline(never) @_optimize(speed)
  func five<Extents: SweepExtents>(_: Extents.Type) {
    var channel = 0
    while channel < channels {
      var place = SweepPlace(self, channel, taps: 5)
      let weights = weights(channel, Extents.self)
      var (a, b, c) = (SweepColumn<Extents>(place.bias), SweepColumn<Extents>(place.bias), SweepColumn<Extents>(place.bias))
      var (d, e) = (a, a)
      while true {
        step(&place, weights, &a, &b, &c, &d, &e)
        if place.isLast(storing: a, end) { break }
        // Five steps would be five times the code, and are no faster.
        (a, b, c, d) = (b, c, d, e)
      }
      channel = channel &+ Lanes.count
    }
  }

  /// Those of the vector at `channel`.
  @inline(always)
  private func weights<Extents: SweepExtents>(_ channel: Int, _: Extents.Type) -> SweepWeights<Extents> {
    let block = 2 &* Lanes.count
    let start = weights + (channel / block &* (Extents.taps &* Extents.taps &* block) &+ channel % block)
    return SweepWeights(start, step: min(channels, block))
  }

  /// Adds a column of the input to those of the output that see it, the oldest first; the newest begins with it.
  @inline(always)
  private func step<Extents: SweepExtents>(_ place: inout SweepPlace, _ weights: SweepWeights<Extents>, _ a: inout SweepColumn<Extents>,
    _ b: inout SweepColumn<Extents>, _ c: inout SweepColumn<Extents>) {
    c = SweepColumn(place.bias)
    place.eachLine(Extents.self) { line, x in
      a.add(x, line: line, weights, column: 2)
      b.add(x, line: line, weights, column: 1)
      c.add(x, line: line, weights, column: 0)
    }
  }

  @inline(always)
  private func step<Extents: SweepExtents>(_ place: inout SweepPlace, _ weights: SweepWeights<Extents>, _ a: inout SweepColumn<Extents>,
    _ b: inout SweepColumn<Extents>, _ c: inout SweepColumn<Extents>, _ d: inout SweepColumn<Extents>, _ e: inout SweepColumn<Extents>) {
    e = SweepColumn(place.bias)
    place.eachLine(Extents.self) { line, x in
      a.add(x, line: line, weights, column: 4)
      b.add(x, line: line, weights, column: 3)
      c.add(x, line: line, weights, column: 2)
      d.add(x, line: line, weights, column: 1)
      e.add(x, line: line, weights, column: 0)
    }
  }
}

/// Where a sweep is.
struct SweepPlace {
  let bias: Lanes
  private var input: UnsafePointer<Float>
  private var output: UnsafeMutablePointer<Float>
  private var column, skipped, left: Int
  private let lineStep, columnStep, outputRowStep, lines, dilation, width: Int

  /// Before the first column, over the vector at `channel`.
  @inline(always)
  init(_ sweep: DepthwiseSweep, _ channel: Int, taps: Int) {
    bias = sweep.bias.map { Lanes(at: $0 + channel) } ?? .zero
    (input, output) = (sweep.input + channel, sweep.output + channel)
    // The first steps end columns before the first.
    (column, skipped, left) = (sweep.column, taps &- 1, sweep.columns)
    (lineStep, columnStep, outputRowStep) = (sweep.lineStep, sweep.columnStep, sweep.outputRowStep)
    (lines, dilation, width) = (sweep.lines, sweep.dilation, sweep.width)
  }

  /// Calls `body` for the lines of a column, as far as it and they lie in the input, and goes on to the next.
  @inline(always)
  mutating func eachLine<Extents: SweepExtents>(_: Extents.Type, _ body: (Int, Lanes) -> Void) {
    if UInt(bitPattern: column) < UInt(bitPattern: width) {
      visit(0, Extents.self, body)
      visit(1, Extents.self, body)
      visit(2, Extents.self, body)
      visit(3, Extents.self, body)
      visit(4, Extents.self, body)
      visit(5, Extents.self, body)
    }
    input += columnStep
    column = column &+ dilation
  }

  /// Line `line`, which the compiler must know. Of lines that the rows before did not see, the next vector is fetched.
  @inline(always)
  private func visit<Extents: SweepExtents>(_ line: Int, _: Extents.Type, _ body: (Int, Lanes) -> Void) {
    if line < Extents.taps &+ Extents.rows &- 1 && lines & 1 &<< line != 0 {
      let place = input + line &* lineStep
      if line >= Extents.taps &- 1 { platform_prefetch(place + Lanes.count) }
      body(line, Lanes(at: place))
    }
  }

  /// Stores a column of the output, and says whether it was the last.
  @inline(always)
  mutating func isLast<Extents: SweepExtents>(storing sums: SweepColumn<Extents>, _ end: DepthwiseEnd) -> Bool {
    if skipped > 0 {
      skipped = skipped &- 1
      return false
    }
    sums.store(end, to: output, rowStep: outputRowStep)
    output += columnStep
    left = left &- 1
    return left <= 0
  }
}
