// SPDX-License-Identifier: Apache-2.0

/// Compile-time extents of a sweep: windows as high as wide, and rows of the output, with at most six lines of the input under them.
protocol SweepExtents {
  /// Lines and columns of the kernel: 3 or 5.
  static var taps: Int { get }
  /// Rows: 2 to 4.
  static var rows: Int { get }
}

enum Sweep3Rows4: SweepExtents {
  @inline(always) static var taps: Int { 3 }
  @inline(always) static var rows: Int { 4 }
}

enum Sweep3Rows3: SweepExtents {
  @inline(always) static var taps: Int { 3 }
  @inline(always) static var rows: Int { 3 }
}

enum Sweep5Rows2: SweepExtents {
  @inline(always) static var taps: Int { 5 }
  @inline(always) static var rows: Int { 2 }
}

/// A kernel's weights for one vector of channels: all of 3 x 3 and the first 13 of 5 x 5 in registers, the others in memory.
struct SweepWeights<Extents: SweepExtents> {
  private let w0, w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11, w12: Lanes
  private let memory: UnsafePointer<Float>
  private let step: Int

  /// `step`: floats from a tap to the next.
  @inline(always)
  init(_ memory: UnsafePointer<Float>, step: Int) {
    (self.memory, self.step) = (memory, step)
    func tap(_ index: Int) -> Lanes { index < Extents.taps &* Extents.taps ? Lanes(at: memory + index &* step) : .zero }
    (w0, w1, w2, w3, w4) = (tap(0), tap(1), tap(2), tap(3), tap(4))
    (w5, w6, w7, w8) = (tap(5), tap(6), tap(7), tap(8))
    (w9, w10, w11, w12) = (tap(9), tap(10), tap(11), tap(12))
  }

  /// The tap in line `line` and column `column`, which the compiler must know.
  @inline(always)
  func tap(_ line: Int, _ column: Int) -> Lanes {
    let index = line &* Extents.taps &+ column
    switch index {
    case 0: return w0
    case 1: return w1
    case 2: return w2
    case 3: return w3
    case 4: return w4
    case 5: return w5
    case 6: return w6
    case 7: return w7
    case 8: return w8
    case 9: return w9
    case 10: return w10
    case 11: return w11
    case 12: return w12
    default: return Lanes(at: memory + index &* step)
    }
  }
}

/// Sums of one column of each row, over one vector of channels.
struct SweepColumn<Extents: SweepExtents> {
  /// A row in each of its four.
  private var sums: DepthwiseColumns

  /// The same values in every row.
  @inline(always)
  init(_ lanes: Lanes) { sums = DepthwiseColumns(lanes) }

  /// Adds line `line` under the first row's window, where it lies under tap `column` of every row's.
  @inline(always)
  mutating func add(_ x: Lanes, line: Int, _ weights: SweepWeights<Extents>, column: Int) {
    let (taps, rows) = (Extents.taps, Extents.rows)
    if line < taps { sums.a = sums.a.multiplyAdd(x, weights.tap(line, column)) }
    if line >= 1 && line <= taps { sums.b = sums.b.multiplyAdd(x, weights.tap(line &- 1, column)) }
    if rows > 2 && line >= 2 && line <= taps &+ 1 { sums.c = sums.c.multiplyAdd(x, weights.tap(line &- 2, column)) }
    if rows > 3 && line >= 3 && line <= taps &+ 2 { sums.d = sums.d.multiplyAdd(x, weights.tap(line &- 3, column)) }
  }

  /// Stores the rows, activated, `rowStep` floats apart.
  @inline(always)
  func store(_ end: DepthwiseEnd, to output: UnsafeMutablePointer<Float>, rowStep: Int) {
    end.store(sums, count: Extents.rows, to: output, step: rowStep)
  }
}
