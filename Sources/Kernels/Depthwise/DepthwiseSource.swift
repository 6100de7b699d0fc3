// SPDX-License-Identifier: Apache-2.0

/// Where the input columns of four neighbouring windows are found, counted from the one under tap 0 of the first window.
protocol DepthwiseSource {
  /// Output columns that are stored.
  var count: Int { get }
  /// Floats from a column to the next.
  var step: Int { get }

  /// Column `index` for a line whose column 0 is at `line`; for vector `vector` of a pair.
  func column(_ index: Int, _ line: UnsafePointer<Float>, _ vector: Int) -> UnsafePointer<Float>
}

/// Windows inside of the input.
struct InteriorColumns: DepthwiseSource {
  let step: Int
  @inline(always)
  var count: Int { 4 }

  @inline(always)
  func column(_ index: Int, _ line: UnsafePointer<Float>, _ vector: Int) -> UnsafePointer<Float> {
    line + (index &* step &+ vector &* Lanes.count)
  }
}

/// Windows that may reach out of the input: columns outside of it are zeros.
struct EdgeColumns: DepthwiseSource {
  let step, count: Int
  private let start, width: Int
  private let zeros: UnsafePointer<Float>

  /// `start`: the input column under tap 0 of the first window, of `width` columns. `zeros`: two vectors of zeros.
  init(start: Int, width: Int, step: Int, count: Int, zeros: UnsafePointer<Float>) {
    (self.start, self.width, self.step, self.count, self.zeros) = (start, width, step, count, zeros)
  }

  @inline(always)
  func column(_ index: Int, _ line: UnsafePointer<Float>, _ vector: Int) -> UnsafePointer<Float> {
    let isInside = UInt(bitPattern: start &+ index) < UInt(bitPattern: width)
    return (isInside ? line + index &* step : zeros) + vector &* Lanes.count
  }
}
